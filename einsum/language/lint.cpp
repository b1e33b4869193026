#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "einsum/ir/access_walk.hpp"
#include "einsum/language/lint_range.hpp"
#include "einsum/language/lower.hpp"
#include "einsum/language/verify.hpp"

namespace einfall::einsum {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void warn(base::Diagnostics& sink, const char* code, const base::SourceSpan& span,
          std::string message, std::string help = {}) {
  sink.push_back(base::warning(code, span, std::move(message), std::move(help)));
}

// W1: one term of a sum of like tensors lacks points that the other has; the sum lacks them then.
// A difference from a broadcast value (a maximum, a mean) is meant to be as narrow as its operand.
class Domains {
 public:
  explicit Domains(const Cascade& cascade) : cascade_(cascade) {
    for (const Einsum& einsum : cascade.einsums)
      if (std::holds_alternative<MapRoot>(einsum.root) && !einsum.where.empty())
        masked_.insert(cascade[einsum.lhs].tensor);
  }
  void check(const Einsum& einsum, base::Diagnostics& sink) const {
    if (!einsum.where.empty() || masked_.empty()) return;
    walk(cascade_, einsum.body, [&](ExprId id) {
      const auto* binary = std::get_if<BinaryExpr>(&cascade_[id].node);
      if (binary == nullptr || binary->op != BinaryOp::kAdd) return;
      const auto a = operand(binary->lhs), b = operand(binary->rhs);
      if (!a || !b || masked_.count(*a) == masked_.count(*b)) return;
      const std::vector<VarId> left = variables_of(cascade_, binary->lhs);
      const std::vector<VarId> right = variables_of(cascade_, binary->rhs);
      if (!std::is_permutation(left.begin(), left.end(), right.begin(), right.end())) return;
      const TensorId narrow = masked_.count(*a) != 0 ? *a : *b;
      warn(sink, "W1", cascade_[id].span,
           fmt::format("{} lacks points that the other operand has; the result lacks them too",
                       cascade_[narrow].name),
           fmt::format("if that is not meant, write ({}[...] ?\? 0)", cascade_[narrow].name));
    });
  }

 private:
  std::optional<TensorId> operand(ExprId id) const {
    const auto* access = std::get_if<AccessExpr>(&cascade_[id].node);
    if (access == nullptr) return std::nullopt;
    return cascade_[access->access].tensor;
  }
  const Cascade& cascade_;
  std::set<TensorId> masked_;
};

// W3 and W6: things that nothing uses.
void check_unused(const Cascade& cascade, base::Diagnostics& sink) {
  std::vector<bool> read(cascade.tensors.size(), false);
  for (const Einsum& einsum : cascade.einsums)
    for (const AccessId access : reads(cascade, einsum))
      read[cascade[access].tensor.index()] = true;
  for (std::size_t i = 0; i < cascade.tensors.size(); ++i) {
    const Tensor& tensor = cascade.tensors[i];
    if (!read[i] && tensor.role != TensorRole::kOutput)
      warn(sink, "W3", tensor.span, fmt::format("nothing reads {}", tensor.name),
           tensor.role == TensorRole::kInput ? "" : "name it under 'outputs' if it is a result");
  }
  std::vector<bool> param_used(cascade.params.size(), false);
  std::vector<bool> opaque_used(cascade.opaque.size(), false);
  for (const Expr& expr : cascade.exprs) {
    if (const auto* param = std::get_if<ParamExpr>(&expr.node))
      param_used[param->param.index()] = true;
    if (const auto* call = std::get_if<CallExpr>(&expr.node))
      if (const auto* opaque = std::get_if<OpaqueId>(&call->function))
        opaque_used[opaque->index()] = true;
  }
  for (std::size_t i = 0; i < cascade.params.size(); ++i)
    if (!param_used[i])
      warn(sink, "W6", cascade.params[i].span,
           fmt::format("nothing uses param '{}'", cascade.params[i].name));
  for (std::size_t i = 0; i < cascade.opaque.size(); ++i)
    if (!opaque_used[i])
      warn(sink, "W6", cascade.opaque[i].span,
           fmt::format("nothing uses function '{}'", cascade.opaque[i].name));
}

// W4: -inf as a mask. Written after `??` it stands for an absent point, which is fine.
void check_infinity(const Cascade& cascade, const Einsum& einsum, base::Diagnostics& sink) {
  if (einsum.is_init) return;
  std::set<ExprId> replacements;
  walk(cascade, einsum.body, [&](ExprId id) {
    if (const auto* either = std::get_if<ElseExpr>(&cascade[id].node))
      replacements.insert(either->otherwise);
  });
  walk(cascade, einsum.body, [&](ExprId id) {
    const auto* constant = std::get_if<ConstExpr>(&cascade[id].node);
    if (constant != nullptr && constant->value == -kInfinity && replacements.count(id) == 0)
      warn(sink, "W4", cascade[id].span, "-inf as a value",
           "masks need none: `where` leaves points out, and reductions skip them");
  });
}

// Whether exp of it may overflow: a sum over a rank grows with the rank, and so does what is a
// multiple of one. A difference is taken for a distance to a maximum.
bool is_unbounded(const Cascade& cascade, const std::set<TensorId>& sums, ExprId id) {
  const auto& node = cascade[id].node;
  if (const auto* access = std::get_if<AccessExpr>(&node))
    return sums.count(cascade[access->access].tensor) != 0;
  const auto* binary = std::get_if<BinaryExpr>(&node);
  if (binary == nullptr) return false;
  if (binary->op == BinaryOp::kMul)
    return is_unbounded(cascade, sums, binary->lhs) || is_unbounded(cascade, sums, binary->rhs);
  return (binary->op == BinaryOp::kDiv || binary->op == BinaryOp::kAdd) &&
         is_unbounded(cascade, sums, binary->lhs);
}

std::set<TensorId> tensors_summed(const Cascade& cascade) {
  std::set<TensorId> sums;
  for (const Einsum& einsum : cascade.einsums) {
    const auto* reduce = std::get_if<ReduceRoot>(&einsum.root);
    if (reduce != nullptr && reduce->op == ReduceOp::kSum) sums.insert(cascade[einsum.lhs].tensor);
  }
  return sums;
}

// W5
void check_exponent(const Cascade& cascade, const std::set<TensorId>& sums, const Einsum& einsum,
                    base::Diagnostics& sink) {
  const TensorId written = cascade[einsum.lhs].tensor;
  for (const Assumption& assumption : cascade.assumptions) {
    const auto* finite = std::get_if<FiniteAssumption>(&assumption.what);
    if (finite != nullptr && finite->tensor == written) return;
  }
  walk(cascade, einsum.body, [&](ExprId id) {
    const auto* call = std::get_if<CallExpr>(&cascade[id].node);
    if (call == nullptr) return;
    const auto* builtin = std::get_if<Builtin>(&call->function);
    if (builtin == nullptr || (*builtin != Builtin::kExp && *builtin != Builtin::kExp2)) return;
    if (is_unbounded(cascade, sums, call->args[0]))
      warn(sink, "W5", cascade[id].span, "exp of a sum that nothing bounds may overflow",
           fmt::format("subtract the maximum first, or promise `finite({})` under 'assume'",
                       cascade[written].name));
  });
}

// W7
void check_reduced(const Cascade& cascade, const Einsum& einsum, base::Diagnostics& sink) {
  const auto* reduce = std::get_if<ReduceRoot>(&einsum.root);
  if (reduce == nullptr) return;
  std::vector<VarId> used = variables_of(cascade, einsum.body);
  for (const CondId cond : einsum.where) append_unique(used, variables_of(cascade, cond));
  for (const VarId variable : reduce->vars)
    if (!contains(used, variable))
      warn(sink, "W7", einsum.span,
           fmt::format("'{}' is reduced but does not occur in what is reduced",
                       cascade[variable].name),
           "the value is taken once for every coordinate of the rank");
}

}  // namespace

void lint(const Cascade& cascade, base::Diagnostics& sink) {
  const Domains domains(cascade);
  const std::set<TensorId> sums = tensors_summed(cascade);
  for (const Einsum& einsum : cascade.einsums) {
    domains.check(einsum, sink);
    check_infinity(cascade, einsum, sink);
    check_exponent(cascade, sums, einsum, sink);
    check_reduced(cascade, einsum, sink);
  }
  check_ranges(cascade, sink);
  check_unused(cascade, sink);
}

}  // namespace einfall::einsum
