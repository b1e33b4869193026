#include "einsum/eval/assumptions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/overloaded.hpp"
#include "einsum/eval/program.hpp"
#include "einsum/eval/run_einsum.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum::eval {
namespace {

template <class T, class Holds>
base::Diagnostics check_points(const Cascade& cascade, TensorId id, const Layout& layout,
                               const DenseTensor<T>& tensor, const base::SourceSpan& span,
                               const char* property, Holds holds) {
  for (std::size_t i = 0; i < tensor.values.size(); ++i)
    if (tensor.is_present(i) && !holds(tensor.values[i]))
      return {
          base::error("E603", span,
                      fmt::format("'{}' is assumed to be {}, but holds {} at {}", cascade[id].name,
                                  property, static_cast<double>(tensor.values[i]),
                                  layout.coordinates(static_cast<std::int64_t>(i))))};
  return {};
}

/// "the first point where the condition fails" is itself an Einsum: argmax over all variables of a
/// constant, ties to the lower coordinate, where not the condition.
struct Counterexample {
  Cascade cascade;
  Einsum einsum;
};

std::vector<VarId> variables_of_condition(const Cascade& cascade, const Einsum& search) {
  std::vector<IndexId> indices;
  std::vector<CondId> pending = search.where;
  while (!pending.empty()) {
    const CondId top = pending.back();
    pending.pop_back();
    std::visit(base::Overloaded{[&](const CompareCond& compare) {
                                  indices.push_back(compare.lhs);
                                  indices.push_back(compare.rhs);
                                },
                                [&](const NotCond& no) { pending.push_back(no.operand); },
                                [](const PresentCond&) {}, [](const TruthCond&) {},
                                [&](const auto& list) {
                                  pending.insert(pending.end(), list.operands.rbegin(),
                                                 list.operands.rend());
                                }},
               cascade[top].node);
  }
  for (const AccessId access : reads(cascade, search))
    indices.insert(indices.end(), cascade[access].indices.begin(), cascade[access].indices.end());
  std::vector<VarId> variables;
  for (const IndexId index : indices)
    for (const VarId variable : variables_of(cascade, index))
      if (std::find(variables.begin(), variables.end(), variable) == variables.end())
        variables.push_back(variable);
  return variables;
}

Counterexample counterexample(const Cascade& cascade, CondId cond) {
  Counterexample out{cascade, {}};
  Cascade& c = out.cascade;
  c.conds.push_back({NotCond{cond}, cascade[cond].span});
  c.exprs.push_back({ConstExpr{1}, cascade[cond].span});
  Tensor answer;
  answer.name = "counterexample";
  c.tensors.push_back(std::move(answer));
  c.accesses.push_back({TensorId(c.tensors.size() - 1), {}, cascade[cond].span});
  out.einsum.lhs = AccessId(c.accesses.size() - 1);
  out.einsum.body = ExprId(c.exprs.size() - 1);
  out.einsum.where = {CondId(c.conds.size() - 1)};
  out.einsum.span = cascade[cond].span;
  out.einsum.vars = variables_of_condition(c, out.einsum);
  out.einsum.root = PopulateRoot{PopulateOp::kArgmax, out.einsum.vars, std::nullopt};
  return out;
}

template <class T>
base::Diagnostics check_condition(const Cascade& cascade, const Sizes& sizes,
                                  const std::vector<Layout>& layouts,
                                  const std::vector<DenseTensor<T>>& tensors,
                                  const Counterexample& search, const base::SourceSpan& span) {
  std::vector<Layout> all_layouts = layouts;
  all_layouts.emplace_back();
  std::vector<bool> has_presence;
  std::vector<TensorView<T>> views;
  for (const DenseTensor<T>& tensor : tensors) {
    has_presence.push_back(!tensor.present.empty());
    views.push_back(
        {tensor.values.data(), tensor.present.empty() ? nullptr : tensor.present.data()});
  }
  T found = 0;
  std::uint8_t failed = 0;
  has_presence.push_back(true);
  views.push_back({&found, &failed});
  const LoweringContext context{search.cascade,          sizes, all_layouts, {}, has_presence,
                                EvalOptions{}.max_points};
  auto program = lower(context, search.einsum, std::nullopt);
  if (!program) return program.error();
  EinsumRun<T> run(search.cascade, all_layouts, search.einsum, *program, views, {&found, &failed},
                   nullptr);
  if (const auto result = run.run(0); !result) return result.error();
  if (failed == 0) return {};
  std::string where;
  auto flat = static_cast<std::int64_t>(found);
  for (std::size_t i = search.einsum.vars.size(); i-- > 0;) {
    const Variable& variable = cascade[search.einsum.vars[i]];
    const std::int64_t size = sizes[variable.rank];
    where = fmt::format("{}{} = {}{}", i > 0 ? ", " : "", variable.name, flat % size, where);
    flat /= size;
  }
  return {base::error("E603", span,
                      where.empty() ? "this assumption does not hold"
                                    : "this assumption does not hold for " + where)};
}

}  // namespace

template <class T>
base::Diagnostics check_assumptions(const Cascade& cascade, const Sizes& sizes,
                                    const std::vector<Layout>& layouts,
                                    const std::vector<DenseTensor<T>>& tensors,
                                    AssumptionScope scope) {
  const auto decided = [&](TensorId id) {
    return scope == AssumptionScope::kAll ||
           (scope == AssumptionScope::kInputs && cascade[id].role == TensorRole::kInput);
  };
  base::Diagnostics errors;
  for (const Assumption& assumption : cascade.assumptions) {
    const auto check = [&](TensorId id, const char* property, auto holds) {
      if (!decided(id)) return base::Diagnostics{};
      return check_points(cascade, id, layouts[id.index()], tensors[id.index()], assumption.span,
                          property, holds);
    };
    const base::Diagnostics found = std::visit(
        base::Overloaded{
            [&](const FiniteAssumption& finite) {
              return check(finite.tensor, "finite", [](T x) { return std::isfinite(x); });
            },
            [&](const PositiveAssumption& positive) {
              return check(positive.tensor, "positive", [](T x) { return x > T{0}; });
            },
            [&](CondId cond) {
              const Counterexample search = counterexample(cascade, cond);
              const auto read = reads(search.cascade, search.einsum);
              const bool now = std::all_of(read.begin(), read.end(),
                                           [&](AccessId a) { return decided(cascade[a].tensor); });
              if (!now) return base::Diagnostics{};
              return check_condition(cascade, sizes, layouts, tensors, search, assumption.span);
            }},
        assumption.what);
    errors.insert(errors.end(), found.begin(), found.end());
  }
  return errors;
}

template base::Diagnostics check_assumptions<double>(const Cascade&, const Sizes&,
                                                     const std::vector<Layout>&,
                                                     const std::vector<DenseTensor<double>>&,
                                                     AssumptionScope);
template base::Diagnostics check_assumptions<long double>(
    const Cascade&, const Sizes&, const std::vector<Layout>&,
    const std::vector<DenseTensor<long double>>&, AssumptionScope);

}  // namespace einfall::einsum::eval
