#pragma once

#include <cmath>

#include "base/numerics/rounder.hpp"

/// Elementary operations rounded once. Operands are numbers of formats with at most 25 bits of
/// precision (or int32 for add and sub); then fp64 has the 2p + 2 bits that make its own rounding
/// innocuous (Figueroa 1995), subnormal results included: sums there are exact, products fit fp64,
/// and a quotient or root cannot lie closer to a midpoint without being on it.
/// With the fp64 rounder they are the machine's fp64 operations.
namespace einfall::base::numerics {

[[nodiscard]] inline double add(const Rounder& to, double a, double b) { return to(a + b); }
[[nodiscard]] inline double sub(const Rounder& to, double a, double b) { return to(a - b); }
[[nodiscard]] inline double mul(const Rounder& to, double a, double b) { return to(a * b); }
[[nodiscard]] inline double div(const Rounder& to, double a, double b) { return to(a / b); }
[[nodiscard]] inline double sqrt(const Rounder& to, double a) { return to(std::sqrt(a)); }

/// a + b as a double rounded to odd: inexact results have their last bit set, so that rounding to
/// any format of at most 51 bits afterwards equals rounding the exact sum (Boldo and Melquiond
/// 2008).
[[nodiscard]] double add_to_odd(double a, double b);

/// a*b + c rounded once. In fp32 it is the machine's std::fma on floats.
[[nodiscard]] inline double multiply_add(const Rounder& to, double a, double b, double c) {
  if (to.is_hardware_fp32())
    return static_cast<double>(
        std::fma(static_cast<float>(a), static_cast<float>(b), static_cast<float>(c)));
  if (to.is_identity()) return std::fma(a, b, c);
  return to(add_to_odd(a * b, c));  // the product of 25-bit numbers is exact
}

}  // namespace einfall::base::numerics
