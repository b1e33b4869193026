#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/language/index_math.hpp"
#include "einsum/language/limits.hpp"
#include "einsum/language/lower.hpp"

namespace einfall::einsum {
namespace {

constexpr const char* kAffineHelp =
    "an index is a sum of variables times sizes; '//' and '%' divide by a size";

// `(a and b) and c` is `a and b and c`.
template <class Junction>
std::vector<CondId> spliced(const Cascade& cascade, const std::vector<CondId>& operands) {
  std::vector<CondId> flat;
  for (const CondId operand : operands) {
    const auto* inner = std::get_if<Junction>(&cascade[operand].node);
    if (inner) {
      flat.insert(flat.end(), inner->operands.begin(), inner->operands.end());
    } else {
      flat.push_back(operand);
    }
  }
  return flat;
}

}  // namespace

std::optional<Index> Lowering::lower_index(const ast::Tree& tree, ast::NodeId id) {
  const std::vector<VarId> around = std::exchange(mentioned_, {});
  std::optional<Index> result = index_part(tree, id);
  if (result) {
    const std::vector<VarId> left = variables_of(cascade_, builder_.index(*result));
    for (const VarId variable : mentioned_)
      if (!contains(left, variable) && !contains(statement_.bound, variable))
        statement_.cancelled.push_back({variable, tree.span(id)});
  }
  append_unique(mentioned_, around);
  return result;
}

std::optional<Index> Lowering::index_part(const ast::Tree& tree, ast::NodeId id) {
  const base::SourceSpan span = tree.span(id);
  const auto size = [&](RankId of) { return constant_index(SizePoly::size(of), span); };
  const auto gather = [&](ast::NodeId node) -> std::optional<Index> {
    const auto access = lower_access(tree, node, false);
    if (!access) return std::nullopt;
    return Index{{IndexTerm{SizePoly::constant(1), *access}}, {}, span};
  };
  const auto visit = base::Overloaded{
      [&](const ast::Number& number) -> std::optional<Index> {
        return constant_index(SizePoly::constant(static_cast<std::int64_t>(number.value)), span);
      },
      [&](const ast::Lower& name) -> std::optional<Index> {
        const auto found = variable(name.name, span);
        if (!found) return std::nullopt;
        append_unique(mentioned_, {*found});
        return variable_index(*found, span);
      },
      [&](const ast::SizeOf& of) -> std::optional<Index> {
        const auto found = rank(of.rank, span);
        if (!found) return std::nullopt;
        return size(*found);
      },
      [&](const ast::Access& access) -> std::optional<Index> {
        if (!access.bare) return gather(id);
        if (const auto found = symbols_.rank(access.name)) return size(*found);
        const std::string name =
            statement_.entry ? tensor_name(*statement_.entry, access.name) : access.name;
        if (symbols_.tensor(name)) return gather(id);
        if (!rank(access.name, span)) return std::nullopt;
        return std::nullopt;
      },
      [&](const ast::Negate& negate) -> std::optional<Index> {
        const auto operand = index_part(tree, negate.operand);
        if (!operand) return std::nullopt;
        return scale(*operand, SizePoly::constant(-1));
      },
      [&](const ast::Binary& binary) { return index_product(tree, id, binary); },
      [&](const auto&) -> std::optional<Index> {
        error("E109", span, "this is no index", kAffineHelp);
        return std::nullopt;
      }};
  auto result = std::visit(visit, tree[id].what);
  if (result) result->span = span;
  return result;
}

std::optional<Index> Lowering::index_product(const ast::Tree& tree, ast::NodeId id,
                                             const ast::Binary& binary) {
  const auto a = index_part(tree, binary.lhs), b = index_part(tree, binary.rhs);
  if (!a || !b) return std::nullopt;
  std::optional<Index> result;
  switch (binary.op) {
    case ast::Operator::kAdd:
      result = add(*a, *b);
      break;
    case ast::Operator::kSub:
      if (const auto negative = scale(*b, SizePoly::constant(-1))) result = add(*a, *negative);
      break;
    case ast::Operator::kMul:
      if (!a->terms.empty() && !b->terms.empty()) {
        error("E109", tree.span(id), "a product of two variables in an index", kAffineHelp);
        return std::nullopt;
      }
      result = b->terms.empty() ? scale(*a, b->constant) : scale(*b, a->constant);
      break;
    default:
      return index_quotient(*a, *b, binary.op == ast::Operator::kMod, tree.span(id));
  }
  if (!result)
    error("E107", tree.span(id), "an index too large to keep exact",
          fmt::format("at most {} terms of degree {}", limits::kPolyTerms, limits::kPolyDegree));
  return result;
}

std::optional<Index> Lowering::index_quotient(const Index& numerator, const Index& divisor,
                                              bool mod, const base::SourceSpan& span) {
  if (!divisor.terms.empty()) {
    error("E109", span, fmt::format("the divisor of '{}' is not a size", mod ? "%" : "//"),
          kAffineHelp);
    return std::nullopt;
  }
  const auto number = divisor.constant.as_constant();
  if (number && *number <= 0) {
    error("E109", span, fmt::format("division by {} in an index", *number),
          "divisors are positive");
    return std::nullopt;
  }
  const auto whole = numerator.constant.as_constant();
  if (numerator.terms.empty() && whole && number) {
    const std::int64_t rest = ((*whole % *number) + *number) % *number;
    const std::int64_t value = mod ? rest : (*whole - rest) / *number;
    return constant_index(SizePoly::constant(value), span);
  }
  const DivMod quotient{mod, builder_.index(numerator), divisor.constant};
  return Index{{IndexTerm{SizePoly::constant(1), quotient}}, {}, span};
}

// The user's indices of an access by position, labelled ones (`M: p`) at their rank.
std::optional<std::vector<const ast::IndexArg*>> Lowering::positions(const ast::Tree& tree,
                                                                     ast::NodeId id,
                                                                     TensorId tensor) {
  const auto& access = std::get<ast::Access>(tree[id].what);
  const std::vector<RankId>& own = *facts(tensor).own;
  if (access.indices.size() != own.size()) {
    base::Diagnostic diagnostic =
        base::error("E207", tree.span(id),
                    fmt::format("{} has {} {}, found {} {}", access.name, own.size(),
                                own.size() == 1 ? "rank" : "ranks", access.indices.size(),
                                access.indices.size() == 1 ? "index" : "indices"),
                    batch_.empty() ? "" : "the batch ranks are added by themselves");
    diagnostic.notes.push_back({cascade_[tensor].span, "declared or first written here"});
    report(std::move(diagnostic));
    return std::nullopt;
  }
  std::vector<const ast::IndexArg*> placed(own.size(), nullptr);
  for (const ast::IndexArg& arg : access.indices) {
    if (!arg.label) continue;
    std::size_t at = 0;
    while (at < own.size() && (placed[at] || cascade_[own[at]].name != arg.label->text)) ++at;
    if (at == own.size()) {
      error("E211", arg.label->span,
            fmt::format("{} has no rank {}, or it is indexed twice", access.name, arg.label->text));
      return std::nullopt;
    }
    placed[at] = &arg;
  }
  std::size_t at = 0;
  for (const ast::IndexArg& arg : access.indices) {
    if (arg.label) continue;
    while (placed[at]) ++at;
    placed[at] = &arg;
  }
  return placed;
}

std::optional<AccessId> Lowering::lower_access(const ast::Tree& tree, ast::NodeId id,
                                               bool replaceable) {
  const auto& access = std::get<ast::Access>(tree[id].what);
  const std::string name =
      statement_.entry ? tensor_name(*statement_.entry, access.name) : access.name;
  const auto tensor = symbols_.tensor(name);
  if (!tensor) {
    const std::string near = suggestion(name, symbols_.tensor_names());
    error("E202", tree.span(id), fmt::format("there is no tensor '{}'", name),
          near.empty() ? "inputs stand in 'declaration', all others are written by an Einsum"
                       : fmt::format("did you mean '{}'?", near));
    return std::nullopt;
  }
  if (!facts(*tensor).own) return std::nullopt;  // reported where its ranks could not be found
  const auto placed = positions(tree, id, *tensor);
  if (!placed) return std::nullopt;
  std::vector<IndexId> indices;
  for (const Leading& leading : facts(*tensor).leading) {
    const auto index = leading.index ? lower_index(leading.index->tree, leading.index->root)
                                     : variable_index(leading.variable, tree.span(id));
    if (!index) return std::nullopt;
    indices.push_back(builder_.index(*index));
  }
  for (const ast::IndexArg* arg : *placed) {
    const auto index = lower_index(tree, arg->value);
    if (!index) return std::nullopt;
    indices.push_back(builder_.index(*index));
    if (!arg->filter) continue;
    if (replaceable) {
      error("E314", tree.span(*arg->filter), "a filter on the left of '?\?'",
            "write the filtered tensor as an Einsum of its own with 'where'");
      return std::nullopt;
    }
    pool_condition(tree, *arg->filter);
  }
  return builder_.access(*tensor, std::move(indices), tree.span(id));
}

std::optional<CondId> Lowering::lower_condition(const ast::Tree& tree, ast::NodeId id) {
  const base::SourceSpan span = tree.span(id);
  const auto operands_of = [&](const std::vector<ast::NodeId>& nodes) {
    std::optional<std::vector<CondId>> conditions(std::in_place);
    for (const ast::NodeId node : nodes) {
      const auto condition = lower_condition(tree, node);
      if (!condition) return std::optional<std::vector<CondId>>();
      conditions->push_back(*condition);
    }
    return conditions;
  };
  const auto visit = base::Overloaded{
      [&](const ast::Compare& compare) { return comparison(tree, id, compare); },
      [&](const ast::And& all) -> std::optional<CondId> {
        const auto operands = operands_of(all.operands);
        if (!operands) return std::nullopt;
        return builder_.condition({AndCond{spliced<AndCond>(cascade_, *operands)}, span});
      },
      [&](const ast::Or& any) -> std::optional<CondId> {
        const auto operands = operands_of(any.operands);
        if (!operands) return std::nullopt;
        return builder_.condition({OrCond{spliced<OrCond>(cascade_, *operands)}, span});
      },
      [&](const ast::Not& negated) -> std::optional<CondId> {
        const auto operand = lower_condition(tree, negated.operand);
        if (!operand) return std::nullopt;
        return builder_.condition({NotCond{*operand}, span});
      },
      [&](const ast::Present& present) -> std::optional<CondId> {
        const auto access = lower_access(tree, present.access, true);
        if (!access) return std::nullopt;
        return builder_.condition({PresentCond{*access}, span});
      },
      [&](const ast::Access&) -> std::optional<CondId> {
        const auto access = lower_access(tree, id, true);
        if (!access) return std::nullopt;
        return builder_.condition({TruthCond{*access}, span});
      },
      [&](const auto&) -> std::optional<CondId> {
        error("E102", span, "expected a condition");
        return std::nullopt;
      }};
  return std::visit(visit, tree[id].what);
}

// A chain `a < b <= c` is the conjunction of its links.
std::optional<CondId> Lowering::comparison(const ast::Tree& tree, ast::NodeId id,
                                           const ast::Compare& compare) {
  std::vector<IndexId> operands;
  for (const ast::NodeId operand : compare.operands) {
    const auto index = lower_index(tree, operand);
    if (!index) return std::nullopt;
    operands.push_back(builder_.index(*index));
  }
  std::vector<CondId> links;
  for (std::size_t i = 0; i < compare.ops.size(); ++i)
    links.push_back(builder_.condition(
        {CompareCond{compare.ops[i], operands[i], operands[i + 1]}, tree.span(id)}));
  if (links.size() == 1) return links.front();
  return builder_.condition({AndCond{std::move(links)}, tree.span(id)});
}

// All conditions of a statement must hold, so conjunctions at the top are taken apart: one way to
// say `a < b <= c`, `a < b and b <= c` and `a < b, b <= c`.
void Lowering::pool_condition(const ast::Tree& tree, ast::NodeId id) {
  const std::size_t before = statement_.cancelled.size();
  const std::vector<VarId> around = mentioned_;  // a filter inside an index is no part of it
  const auto condition = lower_condition(tree, id);
  mentioned_ = around;
  if (!condition) {
    statement_.failed = true;
    return;
  }
  for (std::size_t i = before; i < statement_.cancelled.size(); ++i)
    statement_.cancelled[i].in_condition = true;
  std::vector<CondId> pending{*condition};
  while (!pending.empty()) {
    const CondId top = pending.back();
    pending.pop_back();
    if (const auto* all = std::get_if<AndCond>(&cascade_[top].node)) {
      pending.insert(pending.end(), all->operands.rbegin(), all->operands.rend());
    } else {
      if (statement_.pool.size() >= limits::kConditions) {
        error("E107", tree.span(id),
              fmt::format("more than {} conditions on one Einsum", limits::kConditions));
        return;
      }
      statement_.pool.push_back({top, variables_of(cascade_, top), false});
    }
  }
}

}  // namespace einfall::einsum
