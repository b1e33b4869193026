#include "tests/support/naive_interpreter.hpp"

#include <algorithm>
#include <cmath>

#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/builtins.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::tests {

using namespace einsum;

NaiveInterpreter::NaiveInterpreter(const Cascade& cascade, const Sizes& sizes,
                                   const TensorMap<double>& inputs)
    : cascade_(cascade),
      sizes_(sizes),
      inputs_(inputs),
      params_(bind_params(cascade, sizes).value()) {}

bool NaiveInterpreter::in_range(TensorId tensor, const Point& at) const {
  for (std::size_t i = 0; i < at.size(); ++i)
    if (at[i] < 0 || at[i] >= extent(cascade_, cascade_[tensor], i, sizes_)) return false;
  return true;
}

std::optional<double> NaiveInterpreter::value(TensorId tensor, const Point& at) {
  if (!in_range(tensor, at)) return std::nullopt;
  const auto key = std::make_pair(tensor, at);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const std::optional<double> computed = compute(tensor, at);
  known_.emplace(key, computed);
  return computed;
}

template <class Visit>
void NaiveInterpreter::for_all(const std::vector<VarId>& vars, Binding binding, Visit visit,
                               std::size_t from) {
  if (from == vars.size()) return visit(binding);
  for (std::int64_t i = 0; i < sizes_[cascade_[vars[from]].rank]; ++i) {
    binding[vars[from]] = i;
    for_all(vars, binding, visit, from + 1);
  }
}

std::optional<double> NaiveInterpreter::compute(TensorId tensor, const Point& at) {
  const Tensor& declared = cascade_[tensor];
  if (declared.role == TensorRole::kInput) {
    const DenseTensor<double>& given = inputs_.at(declared.name);
    std::size_t flat = 0;
    for (std::size_t i = 0; i < at.size(); ++i)
      flat = flat * static_cast<std::size_t>(given.shape[i]) + static_cast<std::size_t>(at[i]);
    if (!given.is_present(flat)) return std::nullopt;
    return given.values[flat];
  }
  std::optional<double> found;
  for (const Einsum& einsum : cascade_.einsums) {
    if (cascade_[einsum.lhs].tensor != tensor) continue;
    std::vector<VarId> left;
    for (const IndexId id : cascade_[einsum.lhs].indices)
      for (const VarId v : variables_of(cascade_, id))
        if (std::find(left.begin(), left.end(), v) == left.end()) left.push_back(v);
    for_all(left, {}, [&](const Binding& binding) {
      if (!found && point(einsum.lhs, binding) == at) found = compute(einsum, binding);
    });
  }
  if (found || !declared.iterative_position || at[*declared.iterative_position] == 0) return found;
  Point before = at;
  --before[*declared.iterative_position];
  return value(tensor, before);
}

std::optional<double> NaiveInterpreter::compute(const Einsum& einsum, Binding binding) {
  std::vector<VarId> reduced;
  for (const VarId v : einsum.vars)
    if (binding.count(v) == 0) reduced.push_back(v);
  std::optional<double> sum;
  std::vector<std::pair<double, std::int64_t>> candidates;
  std::int64_t coordinate = 0;
  for_all(reduced, binding, [&](const Binding& at) {
    const auto x = body(einsum, at);
    if (x) candidates.emplace_back(*x, coordinate);
    ++coordinate;
    if (!x) return;
    if (const auto* root = std::get_if<ReduceRoot>(&einsum.root); root != nullptr) {
      const double a = sum.value_or(0), b = *x;
      const bool first = !sum;
      switch (root->op) {
        case ReduceOp::kSum:
          sum = first ? b : a + b;
          break;
        case ReduceOp::kProd:
          sum = first ? b : a * b;
          break;
        case ReduceOp::kMax:
          sum = first || b > a || std::isnan(b) ? b : a;
          break;
        case ReduceOp::kMin:
          sum = first || b < a || std::isnan(b) ? b : a;
          break;
        case ReduceOp::kAny:
          sum = (!first && a != 0) || b != 0 ? 1 : 0;
          break;
        case ReduceOp::kAll:
          sum = (first || a != 0) && b != 0 ? 1 : 0;
          break;
      }
    } else {
      sum = x;
    }
  });
  const auto* populate = std::get_if<PopulateRoot>(&einsum.root);
  if (populate == nullptr) return sum;
  const double sign = populate->op == PopulateOp::kArgmin ? -1 : 1;
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const auto& a, const auto& b) { return sign * a.first > sign * b.first; });
  const std::size_t rank =
      populate->target ? static_cast<std::size_t>(binding.at(*populate->target)) : 0;
  if (rank >= candidates.size()) return std::nullopt;
  return populate->op == PopulateOp::kTopk ? candidates[rank].first
                                           : static_cast<double>(candidates[rank].second);
}

std::optional<double> NaiveInterpreter::body(const Einsum& einsum, const Binding& binding) {
  for (const CondId cond : einsum.where)
    if (holds(cond, binding) != true) return std::nullopt;
  return evaluate(einsum.body, binding);
}

std::optional<double> NaiveInterpreter::evaluate(ExprId id, const Binding& binding) {
  return std::visit(
      base::Overloaded{
          [&](const ConstExpr& e) { return std::optional<double>(e.value); },
          [&](const ParamExpr& e) { return std::optional<double>(params_[e.param.index()]); },
          [&](const IndexValueExpr& e) -> std::optional<double> {
            const auto found = index(e.index, binding);
            if (!found) return std::nullopt;
            return static_cast<double>(*found);
          },
          [&](const AccessExpr& e) { return read(e.access, binding); },
          [&](const CallExpr& e) { return call(e, binding); },
          [&](const BinaryExpr& e) -> std::optional<double> {
            const auto a = evaluate(e.lhs, binding), b = evaluate(e.rhs, binding);
            if (!a || !b) return std::nullopt;
            switch (e.op) {
              case BinaryOp::kAdd:
                return *a + *b;
              case BinaryOp::kSub:
                return *a - *b;
              case BinaryOp::kMul:
                return *a * *b;
              case BinaryOp::kDiv:
                break;
            }
            return *a / *b;
          },
          [&](const NegExpr& e) -> std::optional<double> {
            const auto a = evaluate(e.operand, binding);
            if (!a) return std::nullopt;
            return -*a;
          },
          [&](const ElseExpr& e) {
            const auto a = evaluate(e.value, binding);
            return a ? a : evaluate(e.otherwise, binding);
          }},
      cascade_[id].node);
}

std::optional<double> NaiveInterpreter::call(const CallExpr& call, const Binding& binding) {
  std::vector<double> args;
  for (const ExprId arg : call.args) {
    const auto found = evaluate(arg, binding);
    if (!found) return std::nullopt;
    args.push_back(*found);
  }
  return apply<double>(std::get<Builtin>(call.function), args.data(), args.size());
}

std::optional<bool> NaiveInterpreter::holds(CondId id, const Binding& binding) {
  return std::visit(
      base::Overloaded{[&](const CompareCond& c) -> std::optional<bool> {
                         const auto a = index(c.lhs, binding), b = index(c.rhs, binding);
                         if (!a || !b) return std::nullopt;
                         switch (c.op) {
                           case CompareOp::kLt:
                             return *a < *b;
                           case CompareOp::kLe:
                             return *a <= *b;
                           case CompareOp::kGt:
                             return *a > *b;
                           case CompareOp::kGe:
                             return *a >= *b;
                           case CompareOp::kEq:
                             return *a == *b;
                           case CompareOp::kNe:
                             break;
                         }
                         return *a != *b;
                       },
                       [&](const AndCond& c) {
                         std::optional<bool> all = true;
                         for (const CondId operand : c.operands) {
                           const auto found = holds(operand, binding);
                           if (found == false) return std::optional<bool>(false);
                           if (!found) all = std::nullopt;
                         }
                         return all;
                       },
                       [&](const OrCond& c) {
                         std::optional<bool> any = false;
                         for (const CondId operand : c.operands) {
                           const auto found = holds(operand, binding);
                           if (found == true) return std::optional<bool>(true);
                           if (!found) any = std::nullopt;
                         }
                         return any;
                       },
                       [&](const NotCond& c) -> std::optional<bool> {
                         const auto found = holds(c.operand, binding);
                         if (!found) return std::nullopt;
                         return !*found;
                       },
                       [&](const PresentCond& c) {
                         return std::optional<bool>(read(c.access, binding).has_value());
                       },
                       [&](const TruthCond& c) -> std::optional<bool> {
                         const auto found = read(c.access, binding);
                         if (!found) return std::nullopt;
                         return *found != 0;
                       }},
      cascade_[id].node);
}

std::optional<std::int64_t> NaiveInterpreter::index(IndexId id, const Binding& binding) {
  const Index& form = cascade_[id];
  std::int64_t sum = form.constant.evaluate(sizes_).value();
  for (const IndexTerm& term : form.terms) {
    std::optional<std::int64_t> atom;
    if (const auto* variable = std::get_if<VarId>(&term.atom)) {
      atom = binding.at(*variable);
    } else if (const auto* gathered = std::get_if<AccessId>(&term.atom)) {
      if (const auto x = read(*gathered, binding)) atom = static_cast<std::int64_t>(*x);
    } else {
      const DivMod& division = std::get<DivMod>(term.atom);
      const double divisor = static_cast<double>(division.divisor.evaluate(sizes_).value());
      if (const auto n = index(division.numerator, binding)) {
        const auto quotient =
            static_cast<std::int64_t>(std::floor(static_cast<double>(*n) / divisor));
        atom = division.mod ? *n - quotient * static_cast<std::int64_t>(divisor) : quotient;
      }
    }
    if (!atom) return std::nullopt;
    sum += term.coefficient.evaluate(sizes_).value() * *atom;
  }
  return sum;
}

std::optional<NaiveInterpreter::Point> NaiveInterpreter::point(AccessId access,
                                                               const Binding& binding) {
  Point at;
  for (const IndexId id : cascade_[access].indices) {
    const auto found = index(id, binding);
    if (!found) return std::nullopt;
    at.push_back(*found);
  }
  return at;
}

std::optional<double> NaiveInterpreter::read(AccessId access, const Binding& binding) {
  const auto at = point(access, binding);
  if (!at) return std::nullopt;
  return value(cascade_[access].tensor, *at);
}

TensorMap<double> naively(const Cascade& cascade, const Sizes& sizes,
                          const TensorMap<double>& inputs) {
  NaiveInterpreter naive(cascade, sizes, inputs);
  TensorMap<double> out;
  for (std::size_t t = 0; t < cascade.tensors.size(); ++t) {
    const Tensor& declared = cascade.tensors[t];
    DenseTensor<double> tensor;
    std::int64_t points = 1;
    for (std::size_t i = 0; i < declared.ranks.size(); ++i) {
      tensor.shape.push_back(extent(cascade, declared, i, sizes));
      points *= tensor.shape.back();
    }
    for (std::int64_t flat = 0; flat < points; ++flat) {
      NaiveInterpreter::Point at(tensor.shape.size());
      std::int64_t rest = flat;
      for (std::size_t i = at.size(); i-- > 0; rest /= tensor.shape[i])
        at[i] = rest % tensor.shape[i];
      const auto found = naive.value(TensorId(t), at);
      tensor.values.push_back(found.value_or(declared.type.fill.value_or(0)));
      tensor.present.push_back(found ? 1 : 0);
    }
    out.emplace(declared.name, std::move(tensor));
  }
  return out;
}

}  // namespace einfall::tests
