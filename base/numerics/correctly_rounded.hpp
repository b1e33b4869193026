#pragma once

#include "base/numerics/rounder.hpp"

namespace einfall::base::numerics {

/// True if every number within 2^-50 of `value` (relative) rounds alike.
[[nodiscard]] bool rounding_is_decided(const Rounder& to, double value);
/// `value` as a double whose last bit is set if it is inexact, so that rounding again is innocuous.
[[nodiscard]] double to_odd(long double value);

/// A function's value rounded once to a format; see Implementation::Kind::kCorrectlyRounded.
/// `in_double` is the value with a relative error below 2^-50; `in_long_double()` is asked where
/// that does not decide. With the fp64 rounder the result is `in_double`.
template <class F>
[[nodiscard]] double correctly_rounded(const Rounder& to, double in_double, F in_long_double) {
  return to(rounding_is_decided(to, in_double) ? in_double : to_odd(in_long_double()));
}

}  // namespace einfall::base::numerics
