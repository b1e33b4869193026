#pragma once

#include <optional>

#include "base/numerics/exp.hpp"
#include "base/numerics/policy.hpp"
#include "base/numerics/rsqrt.hpp"
#include "base/numerics/tanh.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum::eval {

/// The built-ins of a body as a machine computes them. Arguments are numbers of the compute type;
/// results are rounded to it once, unless the policy says that exp, tanh or rsqrt are approximated.
/// sigmoid and silu follow exp; silu is then x times the rounded sigmoid. In fp64 nothing is
/// approximated and results are those of the reference mode.
class BitTrueFunctions {
 public:
  BitTrueFunctions(const base::numerics::Policy& policy, const base::numerics::Rounder& compute);

  [[nodiscard]] double operator()(Builtin builtin, double x) const;
  /// pow; the other built-ins of two arguments are exact.
  [[nodiscard]] double pow(double x, double y) const;

 private:
  base::numerics::Rounder compute_;
  bool plain_;  // fp64
  bool sigmoid_from_exp_;
  base::numerics::Exponential exponential_;
  base::numerics::Hyperbolic tanh_, sigmoid_;
  base::numerics::ReciprocalRoot rsqrt_;
};

}  // namespace einfall::einsum::eval
