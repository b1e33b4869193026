#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/overloaded.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {
namespace {

// Compares two cascades name by name. Pairs of nodes still to be compared wait in a list, so that
// neither deep nor widely shared expressions cost stack or repeated work.
class Comparison {
 public:
  Comparison(const Cascade& a, const Cascade& b) : a_(a), b_(b) {}

  bool run() {
    if (a_.name != b_.name || a_.alias != b_.alias || a_.type_classes != b_.type_classes)
      return false;
    if (!by_name(a_.ranks, b_.ranks) || !by_name(a_.tensors, b_.tensors) ||
        !by_name(a_.params, b_.params) || !by_name(a_.opaque, b_.opaque))
      return false;
    return in_order(a_.einsums, b_.einsums) && in_order(a_.assumptions, b_.assumptions) &&
           in_order(a_.expectations, b_.expectations) && drain();
  }

 private:
  template <class Id>
  using Pair = std::pair<Id, Id>;
  using Item = std::variant<Pair<AccessId>, Pair<IndexId>, Pair<ExprId>, Pair<CondId>>;

  template <class Id>
  bool later(Id x, Id y) {
    const Item item = Pair<Id>{x, y};
    if (seen_.insert(item).second) pending_.push_back(item);
    return true;
  }
  template <class Id>
  bool later(const std::vector<Id>& x, const std::vector<Id>& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i) later(x[i], y[i]);
    return true;
  }
  bool drain() {
    while (!pending_.empty()) {
      const Item item = pending_.back();
      pending_.pop_back();
      const bool equal =
          std::visit([&](const auto& pair) { return node(a_[pair.first], b_[pair.second]); }, item);
      if (!equal) return false;
    }
    return true;
  }

  // Lists whose order has no meaning: matched by name.
  template <class Thing>
  bool by_name(const std::vector<Thing>& x, const std::vector<Thing>& y) {
    if (x.size() != y.size()) return false;
    std::map<std::string_view, const Thing*> named;
    for (const Thing& thing : y) named[thing.name] = &thing;
    for (const Thing& thing : x) {
      const auto other = named.find(thing.name);
      if (other == named.end() || !node(thing, *other->second)) return false;
    }
    return true;
  }
  template <class Thing>
  bool in_order(const std::vector<Thing>& x, const std::vector<Thing>& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (!node(x[i], y[i])) return false;
    return true;
  }

  // References by id: the things referred to are compared elsewhere, here only their names.
  bool refer(RankId x, RankId y) const {
    return x.valid() == y.valid() && (!x.valid() || a_[x].name == b_[y].name);
  }
  bool refer(VarId x, VarId y) const {
    return a_[x].name == b_[y].name && refer(a_[x].rank, b_[y].rank);
  }
  bool refer(TensorId x, TensorId y) const { return a_[x].name == b_[y].name; }
  template <class Id>
  bool refer(const std::optional<Id>& x, const std::optional<Id>& y) const {
    return x.has_value() == y.has_value() && (!x || refer(*x, *y));
  }
  template <class Id>
  bool refer(const std::vector<Id>& x, const std::vector<Id>& y) const {
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (!refer(x[i], y[i])) return false;
    return true;
  }
  static std::map<std::vector<std::string>, std::int64_t> named(const Cascade& cascade,
                                                                const SizePoly& poly) {
    std::map<std::vector<std::string>, std::int64_t> terms;
    for (const auto& [monomial, coefficient] : poly.terms()) {
      std::vector<std::string> names;
      for (const RankId rank : monomial) names.push_back(cascade[rank].name);
      std::sort(names.begin(), names.end());
      terms[std::move(names)] = coefficient;
    }
    return terms;
  }
  bool equal(const SizePoly& x, const SizePoly& y) const { return named(a_, x) == named(b_, y); }

  bool node(const Rank& x, const Rank& y) {
    if (x.size.has_value() != y.size.has_value()) return false;
    if (!x.size) return true;
    if (x.size->steps.size() != y.size->steps.size()) return false;
    for (std::size_t i = 0; i < x.size->steps.size(); ++i) {
      const SizeExpr::Step &s = x.size->steps[i], &t = y.size->steps[i];
      if (s.op != t.op || s.constant != t.constant || !refer(s.rank, t.rank)) return false;
    }
    return true;
  }
  bool node(const Param& x, const Param& y) { return later(x.value, y.value); }
  bool node(const OpaqueFunction& x, const OpaqueFunction& y) {
    return x.arity == y.arity && x.monotone == y.monotone && x.range == y.range && x.cost == y.cost;
  }
  bool node(const Tensor& x, const Tensor& y) {
    return refer(x.ranks, y.ranks) && x.role == y.role && x.type == y.type &&
           x.iterative_position == y.iterative_position && x.shifted_position == y.shifted_position;
  }
  bool node(const Einsum& x, const Einsum& y) {
    return x.name == y.name && x.is_init == y.is_init && x.root.index() == y.root.index() &&
           refer(x.iterative_var, y.iterative_var) && root(x, y) && later(x.lhs, y.lhs) &&
           later(x.body, y.body) && later(x.where, y.where);
  }
  bool root(const Einsum& x, const Einsum& y) {
    if (const auto* reduce = std::get_if<ReduceRoot>(&x.root)) {
      const auto& other = std::get<ReduceRoot>(y.root);
      return reduce->op == other.op && refer(reduce->vars, other.vars);
    }
    if (const auto* populate = std::get_if<PopulateRoot>(&x.root)) {
      const auto& other = std::get<PopulateRoot>(y.root);
      return populate->op == other.op && refer(populate->over, other.over) &&
             refer(populate->target, other.target);
    }
    return true;
  }
  bool node(const Assumption& x, const Assumption& y) {
    if (x.what.index() != y.what.index()) return false;
    return std::visit(
        base::Overloaded{[&](const CondId& cond) { return later(cond, std::get<CondId>(y.what)); },
                         [&](const auto& about) {
                           return refer(about.tensor,
                                        std::get<std::decay_t<decltype(about)>>(y.what).tensor);
                         }},
        x.what);
  }
  bool node(const Expectation& x, const Expectation& y) {
    return x.kind == y.kind && x.ranks == y.ranks && x.count == y.count;
  }
  bool node(const Access& x, const Access& y) {
    return refer(x.tensor, y.tensor) && later(x.indices, y.indices);
  }
  bool node(const Index& x, const Index& y) {
    if (x.terms.size() != y.terms.size() || !equal(x.constant, y.constant)) return false;
    for (std::size_t i = 0; i < x.terms.size(); ++i) {
      const IndexTerm &s = x.terms[i], &t = y.terms[i];
      if (!equal(s.coefficient, t.coefficient) || s.atom.index() != t.atom.index()) return false;
      const bool same_atom = std::visit(
          [&](const auto& atom) {
            return match(atom, std::get<std::decay_t<decltype(atom)>>(t.atom));
          },
          s.atom);
      if (!same_atom) return false;
    }
    return true;
  }
  // Alternatives of the variants, of equal kind.
  bool match(VarId x, VarId y) { return refer(x, y); }
  bool match(AccessId x, AccessId y) { return later(x, y); }
  bool match(const DivMod& x, const DivMod& y) {
    return x.mod == y.mod && equal(x.divisor, y.divisor) && later(x.numerator, y.numerator);
  }
  bool match(const ConstExpr& x, const ConstExpr& y) { return x.value == y.value; }
  bool match(const ParamExpr& x, const ParamExpr& y) {
    return a_[x.param].name == b_[y.param].name;
  }
  bool match(const IndexValueExpr& x, const IndexValueExpr& y) { return later(x.index, y.index); }
  bool match(const AccessExpr& x, const AccessExpr& y) { return later(x.access, y.access); }
  bool match(const CallExpr& x, const CallExpr& y) {
    if (x.function.index() != y.function.index() || x.convert_to != y.convert_to) return false;
    const auto* builtin = std::get_if<Builtin>(&x.function);
    const bool same_function = builtin ? *builtin == std::get<Builtin>(y.function)
                                       : a_[std::get<OpaqueId>(x.function)].name ==
                                             b_[std::get<OpaqueId>(y.function)].name;
    return same_function && later(x.args, y.args);
  }
  bool match(const BinaryExpr& x, const BinaryExpr& y) {
    return x.op == y.op && later(x.lhs, y.lhs) && later(x.rhs, y.rhs);
  }
  bool match(const NegExpr& x, const NegExpr& y) { return later(x.operand, y.operand); }
  bool match(const ElseExpr& x, const ElseExpr& y) {
    return later(x.value, y.value) && later(x.otherwise, y.otherwise);
  }
  bool match(const CompareCond& x, const CompareCond& y) {
    return x.op == y.op && later(x.lhs, y.lhs) && later(x.rhs, y.rhs);
  }
  bool match(const AndCond& x, const AndCond& y) { return later(x.operands, y.operands); }
  bool match(const OrCond& x, const OrCond& y) { return later(x.operands, y.operands); }
  bool match(const NotCond& x, const NotCond& y) { return later(x.operand, y.operand); }
  bool match(const PresentCond& x, const PresentCond& y) { return later(x.access, y.access); }
  bool match(const TruthCond& x, const TruthCond& y) { return later(x.access, y.access); }

  // Expr and Cond: both are a variant called `node`.
  template <class Thing>
  bool node(const Thing& x, const Thing& y) {
    if (x.node.index() != y.node.index()) return false;
    return std::visit(
        [&](const auto& mine) {
          return match(mine, std::get<std::decay_t<decltype(mine)>>(y.node));
        },
        x.node);
  }

  const Cascade& a_;
  const Cascade& b_;
  std::vector<Item> pending_;
  std::set<Item> seen_;
};

}  // namespace

bool same(const Cascade& a, const Cascade& b) { return Comparison(a, b).run(); }

}  // namespace einfall::einsum
