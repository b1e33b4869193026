#include "base/numerics/polynomial.hpp"

#include "base/ensure.hpp"

namespace einfall::base::numerics {

std::vector<float> chebyshev_fit(const std::function<long double(long double)>& f, long double low,
                                 long double high, int degree) {
  EINFALL_ENSURE(degree >= 0 && degree <= 11, "the fit stays well conditioned");
  const auto n = static_cast<std::size_t>(degree) + 1;
  const long double pi = std::acos(-1.0L);
  std::vector<long double> nodes(n), divided(n);
  for (std::size_t i = 0; i < n; ++i) {
    const long double angle =
        pi * (2 * static_cast<long double>(i) + 1) / (2 * static_cast<long double>(n));
    nodes[i] = (low + high) / 2 + (high - low) / 2 * std::cos(angle);
    divided[i] = f(nodes[i]);
  }
  // Newton's divided differences, then expanded from the innermost factor out.
  for (std::size_t step = 1; step < n; ++step)
    for (std::size_t i = n; i-- > step;)
      divided[i] = (divided[i] - divided[i - 1]) / (nodes[i] - nodes[i - step]);
  std::vector<long double> power(n, 0.0L);
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = n - 1; k > 0; --k) power[k] = power[k - 1] - nodes[i] * power[k];
    power[0] = divided[i] - nodes[i] * power[0];
  }
  return {power.begin(), power.end()};
}

}  // namespace einfall::base::numerics
