#pragma once

#include <array>
#include <vector>

#include "base/numerics/implementation.hpp"
#include "base/numerics/rounder.hpp"

namespace einfall::base::numerics {

/// 1/sqrt(x). With x = m 4^e or x = 2m 4^e and m in [1, 2): a polynomial in m - 3/2 for each of the
/// two, or the nearest of 2^bits points. Relative error for fp32 results: poly(6) below 2^-15,
/// table(b) below 2^-(b+1.9) for b >= 4. rsqrt(±0) = ±inf, of negative numbers NaN.
class ReciprocalRoot {
 public:
  /// Precondition: the parameter is in Implementation's range.
  ReciprocalRoot(Implementation implementation, const Rounder& to);

  [[nodiscard]] double operator()(double x) const;

 private:
  Implementation implementation_;
  Rounder to_;
  std::array<std::vector<float>, 2> values_;  // for even and odd exponents
};

}  // namespace einfall::base::numerics
