#pragma once

#include <cmath>
#include <functional>
#include <vector>

namespace einfall::base::numerics {

/// Coefficients (constant first) of the polynomial of this degree that meets `f` at the Chebyshev
/// nodes of [low, high]: within a small factor of the best one for smooth functions. Computed in
/// long double, rounded to fp32 at the end. Precondition: 0 <= degree <= 11.
[[nodiscard]] std::vector<float> chebyshev_fit(const std::function<long double(long double)>& f,
                                               long double low, long double high, int degree);

/// Horner's scheme in fp32 fused multiply-adds. Precondition: not empty.
[[nodiscard]] inline float horner(const std::vector<float>& coefficients, float x) {
  float value = coefficients.back();
  for (std::size_t i = coefficients.size() - 1; i-- > 0;)
    value = std::fma(value, x, coefficients[i]);
  return value;
}

}  // namespace einfall::base::numerics
