#include "base/numerics/rsqrt.hpp"

#include <cmath>

#include "base/ensure.hpp"
#include "base/numerics/correctly_rounded.hpp"
#include "base/numerics/polynomial.hpp"

namespace einfall::base::numerics {
namespace {

template <class T>
T exact(T x) {
  return 1 / std::sqrt(x);
}

std::vector<float> table(long double scale, int bits) {
  const std::size_t steps = std::size_t{1} << bits;
  std::vector<float> out(steps + 1);
  for (std::size_t i = 0; i <= steps; ++i) {
    const long double m = 1 + static_cast<long double>(i) / static_cast<long double>(steps);
    out[i] = static_cast<float>(exact(scale * m));
  }
  return out;
}

}  // namespace

ReciprocalRoot::ReciprocalRoot(Implementation implementation, const Rounder& to)
    : implementation_(implementation), to_(to) {
  const int n = implementation.parameter;
  for (int odd = 0; odd < 2; ++odd) {
    const long double scale = odd + 1;
    auto& values = values_[static_cast<std::size_t>(odd)];
    if (implementation.kind == Implementation::Kind::kPolynomial) {
      EINFALL_ENSURE(n >= 2 && n <= 12, "multiply-adds of a reciprocal root");
      values = chebyshev_fit([=](long double u) { return exact(scale * (u + 1.5L)); }, -0.5L, 0.5L,
                             n - 1);
    } else if (implementation.kind == Implementation::Kind::kTable) {
      EINFALL_ENSURE(n >= 1 && n <= 16, "bits of a table");
      values = table(scale, n);
    }
  }
}

double ReciprocalRoot::operator()(double x) const {
  if (implementation_.kind == Implementation::Kind::kCorrectlyRounded || !(x > 0) || std::isinf(x))
    return correctly_rounded(to_, exact(x), [=] { return exact(static_cast<long double>(x)); });
  const int exponent = std::ilogb(x);
  const double m = std::ldexp(x, -exponent);
  const auto odd = static_cast<std::size_t>(exponent & 1);
  float value = 0;
  if (implementation_.kind == Implementation::Kind::kPolynomial) {
    value = horner(values_[odd], static_cast<float>(m - 1.5));
  } else {
    const double at = std::nearbyint(std::ldexp(m - 1, implementation_.parameter));
    value = values_[odd][static_cast<std::size_t>(at)];
  }
  return to_(std::ldexp(static_cast<double>(value), -(exponent - static_cast<int>(odd)) / 2));
}

}  // namespace einfall::base::numerics
