#include "einsum/ir/access_walk.hpp"

#include <algorithm>
#include <set>

#include "base/overloaded.hpp"

namespace einfall::einsum {
namespace {

std::vector<ExprId> children(const Expr& expr) {
  return std::visit(
      base::Overloaded{[](const CallExpr& call) { return call.args; },
                       [](const BinaryExpr& binary) {
                         return std::vector<ExprId>{binary.lhs, binary.rhs};
                       },
                       [](const NegExpr& neg) { return std::vector<ExprId>{neg.operand}; },
                       [](const ElseExpr& either) {
                         return std::vector<ExprId>{either.value, either.otherwise};
                       },
                       [](const auto&) { return std::vector<ExprId>{}; }},
      expr.node);
}

// What may hold an access, still to be looked at.
using Item = std::variant<AccessId, IndexId, CondId, ExprId>;

// Collects accesses outer before inner and left before right, without recursion: a nesting that the
// parser let through must not exhaust the stack here.
class Collector {
 public:
  explicit Collector(const Cascade& cascade) : cascade_(cascade) {}

  void add(Item root) {
    pending_.push_back(root);
    while (!pending_.empty()) {
      const Item item = pending_.back();
      pending_.pop_back();
      if (seen_.insert(item).second) std::visit([&](auto id) { expand(id); }, item);
    }
  }
  std::vector<AccessId> found;

 private:
  // Pushes in reverse, so that the first is looked at first.
  template <class Ids>
  void later(const Ids& ids) {
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) pending_.emplace_back(*id);
  }
  void expand(AccessId id) {
    found.push_back(id);
    later(cascade_[id].indices);
  }
  void expand(IndexId id) {
    const std::vector<IndexTerm>& terms = cascade_[id].terms;
    for (auto term = terms.rbegin(); term != terms.rend(); ++term) {
      if (const auto* gather = std::get_if<AccessId>(&term->atom)) pending_.emplace_back(*gather);
      if (const auto* quotient = std::get_if<DivMod>(&term->atom))
        pending_.emplace_back(quotient->numerator);
    }
  }
  void expand(CondId id) {
    std::visit(base::Overloaded{[&](const CompareCond& compare) {
                                  later(std::vector<IndexId>{compare.lhs, compare.rhs});
                                },
                                [&](const AndCond& all) { later(all.operands); },
                                [&](const OrCond& any) { later(any.operands); },
                                [&](const NotCond& no) { pending_.emplace_back(no.operand); },
                                [&](const auto& test) { pending_.emplace_back(test.access); }},
               cascade_[id].node);
  }
  void expand(ExprId id) {
    const Expr& expr = cascade_[id];
    if (const auto* access = std::get_if<AccessExpr>(&expr.node)) {
      pending_.emplace_back(access->access);
    } else if (const auto* value = std::get_if<IndexValueExpr>(&expr.node)) {
      pending_.emplace_back(value->index);
    } else {
      later(children(expr));
    }
  }

  const Cascade& cascade_;
  std::vector<Item> pending_;
  std::set<Item> seen_;
};

}  // namespace

std::vector<AccessId> reads(const Cascade& cascade, const Einsum& einsum) {
  Collector collector(cascade);
  for (const IndexId index : cascade[einsum.lhs].indices) collector.add(index);
  collector.add(einsum.body);
  for (const CondId cond : einsum.where) collector.add(cond);
  return collector.found;
}

void walk(const Cascade& cascade, ExprId root, const std::function<void(ExprId)>& visit) {
  struct Visit {
    ExprId expr;
    bool children_done;
  };
  std::vector<Visit> pending{{root, false}};
  std::set<ExprId> seen;
  while (!pending.empty()) {
    const Visit top = pending.back();
    pending.pop_back();
    if (top.children_done) {
      visit(top.expr);
      continue;
    }
    if (!seen.insert(top.expr).second) continue;
    pending.push_back({top.expr, true});
    const std::vector<ExprId> below = children(cascade[top.expr]);
    for (auto child = below.rbegin(); child != below.rend(); ++child)
      pending.push_back({*child, false});
  }
}

std::vector<VarId> variables_of(const Cascade& cascade, IndexId index) {
  std::vector<VarId> variables;
  std::vector<std::variant<VarId, IndexId>> pending{index};
  std::set<IndexId> seen;
  while (!pending.empty()) {
    const auto top = pending.back();
    pending.pop_back();
    if (const auto* variable = std::get_if<VarId>(&top)) {
      if (std::find(variables.begin(), variables.end(), *variable) == variables.end())
        variables.push_back(*variable);
      continue;
    }
    if (!seen.insert(std::get<IndexId>(top)).second) continue;
    const std::vector<IndexTerm>& terms = cascade[std::get<IndexId>(top)].terms;
    for (auto term = terms.rbegin(); term != terms.rend(); ++term) {
      if (const auto* variable = std::get_if<VarId>(&term->atom)) {
        pending.emplace_back(*variable);
      } else if (const auto* gather = std::get_if<AccessId>(&term->atom)) {
        const std::vector<IndexId>& inner = cascade[*gather].indices;
        pending.insert(pending.end(), inner.rbegin(), inner.rend());
      } else {
        pending.emplace_back(std::get<DivMod>(term->atom).numerator);
      }
    }
  }
  return variables;
}

std::optional<ShiftedVariable> as_shifted_variable(const Cascade& cascade, IndexId index) {
  const Index& form = cascade[index];
  const auto offset = form.constant.as_constant();
  if (form.terms.size() != 1 || !offset) return std::nullopt;
  const auto* variable = std::get_if<VarId>(&form.terms[0].atom);
  if (variable == nullptr || form.terms[0].coefficient.as_constant() != 1) return std::nullopt;
  return ShiftedVariable{*variable, *offset};
}

namespace {

// A rank declared as exactly the size of another (`I: L`) splits like that other one.
RankId size_origin(const Cascade& cascade, RankId rank) {
  for (std::size_t step = 0; step < cascade.ranks.size(); ++step) {
    const std::optional<SizeExpr>& size = cascade[rank].size;
    if (!size || size->steps.size() != 1 || size->steps[0].op != SizeExpr::Op::kRank) break;
    rank = size->steps[0].rank;
  }
  return rank;
}

}  // namespace

std::optional<SplitIndex> as_split(const Cascade& cascade, IndexId index) {
  if (!cascade[index].constant.is_zero()) return std::nullopt;
  return as_split(cascade, cascade[index].terms);
}

std::optional<SplitIndex> as_split(const Cascade& cascade, const std::vector<IndexTerm>& terms) {
  if (terms.size() != 2) return std::nullopt;
  const auto match = [&](const IndexTerm& high, const IndexTerm& low) -> std::optional<SplitIndex> {
    const auto* outer = std::get_if<VarId>(&high.atom);
    const auto* inner = std::get_if<VarId>(&low.atom);
    const auto block = high.coefficient.as_size();
    if (outer == nullptr || inner == nullptr || !block || low.coefficient.as_constant() != 1)
      return std::nullopt;
    if (size_origin(cascade, *block) != size_origin(cascade, cascade[*inner].rank))
      return std::nullopt;
    return SplitIndex{*outer, *inner};
  };
  if (const auto split = match(terms[0], terms[1])) return split;
  return match(terms[1], terms[0]);
}

}  // namespace einfall::einsum
