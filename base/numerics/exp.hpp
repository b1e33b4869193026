#pragma once

#include <vector>

#include "base/numerics/implementation.hpp"
#include "base/numerics/rounder.hpp"

namespace einfall::base::numerics {

/// log2 e in fp32: exp(x) is 2^(x kLog2E), the product rounded.
inline constexpr float kLog2E = 0x1.715476p+0F;

/// exp and exp2 as a machine computes them, built once for a format of results.
///
/// Polynomial: 2^x = 2^n 2^f with n the nearest whole number, and 2^f = 1 + f g(f) with g fitted on
/// [-1/2, 1/2], so that 2^0 is exactly 1. poly(6) is FuseMax's exp of six multiply-adds (MICRO
/// 2024). Table: 2^f from the nearest of 2^bits points. Both compute exp(x) as 2^(x log2
/// e) with one rounded fp32 product, which costs a relative error of |x| 2^-24.
/// Relative error of 2^x for fp32 results: poly(6) below 2^-21.8, table(b) below 2^-(b+1.5) for b
/// >= 4. Arguments are fp32 numbers for these two.
class Exponential {
 public:
  /// Precondition: the parameter is in Implementation's range.
  Exponential(Implementation implementation, const Rounder& to);

  [[nodiscard]] double exp(double x) const;
  [[nodiscard]] double exp2(double x) const;
  /// kPolynomial: its coefficients, constant first, for hardware that takes the steps one by one.
  [[nodiscard]] const std::vector<float>& coefficients() const { return values_; }

 private:
  Implementation implementation_;
  Rounder to_;
  std::vector<float> values_;  // coefficients, constant first, or the table
};

}  // namespace einfall::base::numerics
