#pragma once

#include "base/numerics/rounder.hpp"

namespace einfall::base::numerics {

/// f(x) rounded once to a format; see Implementation::Kind::kCorrectlyRounded. `in_double` must err
/// by less than 2^-51 relative, `in_long_double` compute the same function. With the fp64 rounder
/// the result is that of `in_double`.
[[nodiscard]] double correctly_rounded(const Rounder& to, double x, double (*in_double)(double),
                                       long double (*in_long_double)(long double));
/// The same for two arguments (pow).
[[nodiscard]] double correctly_rounded(const Rounder& to, double x, double y,
                                       double (*in_double)(double, double),
                                       long double (*in_long_double)(long double, long double));

}  // namespace einfall::base::numerics
