#include "einsum/eval/bit_true_functions.hpp"

#include <array>

#include "base/numerics/arithmetic.hpp"
#include "base/numerics/correctly_rounded.hpp"
#include "einsum/ir/builtins.hpp"

namespace einfall::einsum::eval {
namespace {

namespace numerics = base::numerics;

numerics::Implementation implementation(const numerics::Rounder& compute,
                                        numerics::Implementation wanted) {
  return compute.is_identity() ? numerics::Implementation{} : wanted;
}

}  // namespace

BitTrueFunctions::BitTrueFunctions(const numerics::Policy& policy, const numerics::Rounder& compute)
    : compute_(compute),
      plain_(compute.is_identity()),
      sigmoid_from_exp_(!plain_ &&
                        policy.exp.kind != numerics::Implementation::Kind::kCorrectlyRounded),
      exponential_(implementation(compute, policy.exp), compute),
      tanh_(implementation(compute, policy.tanh), compute),
      sigmoid_(implementation(compute, policy.exp), compute),
      rsqrt_(implementation(compute, policy.rsqrt), compute) {}

double BitTrueFunctions::operator()(Builtin builtin, double x) const {
  // As many as any builtin takes: GCC 12 warns of the third of a single one.
  const std::array<double, 3> args{x};
  if (plain_) return apply<double>(builtin, args.data(), 1);
  switch (builtin) {
    case Builtin::kExp:
      return exponential_.exp(x);
    case Builtin::kExp2:
      return exponential_.exp2(x);
    case Builtin::kTanh:
      return tanh_.tanh(x);
    case Builtin::kRsqrt:
      return rsqrt_(x);
    case Builtin::kSigmoid:
      return sigmoid_.sigmoid(x);
    case Builtin::kSilu:
      if (sigmoid_from_exp_) return numerics::mul(compute_, x, sigmoid_.sigmoid(x));
      break;
    default:
      break;
  }
  return numerics::correctly_rounded(compute_, apply<double>(builtin, &x, 1), [&] {
    const long double wide = x;
    return apply<long double>(builtin, &wide, 1);
  });
}

double BitTrueFunctions::pow(double x, double y) const {
  const double args[] = {x, y};
  return numerics::correctly_rounded(compute_, apply<double>(Builtin::kPow, args, 2), [&] {
    const long double wide[] = {x, y};
    return apply<long double>(Builtin::kPow, wide, 2);
  });
}

}  // namespace einfall::einsum::eval
