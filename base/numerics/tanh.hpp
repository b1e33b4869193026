#pragma once

#include "base/numerics/exp.hpp"

namespace einfall::base::numerics {

/// tanh and the logistic function. Correctly rounded, or built from the exponential of the same
/// implementation: tanh x = (1 - e) / (1 + e) with e = exp(-2|x|), sigmoid x = 1 / (1 + exp(-x)),
/// every step rounded to the format. Then the absolute error is that of exp plus three roundings;
/// relative accuracy of tanh near 0 is lost, as in the hardware that computes it this way.
class Hyperbolic {
 public:
  Hyperbolic(Implementation implementation, const Rounder& to);

  [[nodiscard]] double tanh(double x) const;
  [[nodiscard]] double sigmoid(double x) const;

 private:
  bool exact_;
  Rounder to_;
  Exponential exponential_;
};

}  // namespace einfall::base::numerics
