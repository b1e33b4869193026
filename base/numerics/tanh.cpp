#include "base/numerics/tanh.hpp"

#include <cmath>

#include "base/numerics/arithmetic.hpp"
#include "base/numerics/correctly_rounded.hpp"

namespace einfall::base::numerics {
namespace {

template <class T>
T logistic(T x) {
  // exp of a negative number in both branches: no overflow, no loss.
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const T e = std::exp(x);
  return e / (1 + e);
}

}  // namespace

Hyperbolic::Hyperbolic(Implementation implementation, const Rounder& to)
    : exact_(implementation.kind == Implementation::Kind::kCorrectlyRounded),
      to_(to),
      exponential_(implementation, to) {}

double Hyperbolic::tanh(double x) const {
  if (exact_)
    return correctly_rounded(to_, std::tanh(x),
                             [=] { return std::tanh(static_cast<long double>(x)); });
  const double e = exponential_.exp(to_(-2 * std::fabs(x)));
  return std::copysign(div(to_, sub(to_, 1, e), add(to_, 1, e)), x);
}

double Hyperbolic::sigmoid(double x) const {
  if (exact_)
    return correctly_rounded(to_, logistic(x),
                             [=] { return logistic(static_cast<long double>(x)); });
  return div(to_, 1, add(to_, 1, exponential_.exp(-x)));
}

}  // namespace einfall::base::numerics
