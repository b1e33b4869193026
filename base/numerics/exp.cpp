#include "base/numerics/exp.hpp"

#include <cmath>

#include "base/ensure.hpp"
#include "base/numerics/correctly_rounded.hpp"
#include "base/numerics/polynomial.hpp"

namespace einfall::base::numerics {
namespace {

// Outside, 2^x is zero or infinite in every format that uses an approximation.
constexpr double kLargest = 1100;

std::vector<float> fitted(int multiply_adds) {
  const auto slope = [](long double f) {
    const long double ln2 = std::log(2.0L);
    return f == 0 ? ln2 : std::expm1(f * ln2) / f;
  };
  std::vector<float> out = chebyshev_fit(slope, -0.5L, 0.5L, multiply_adds - 2);
  out.insert(out.begin(), 1.0F);
  return out;
}

std::vector<float> table(int bits) {
  std::vector<float> out(std::size_t{1} << bits);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(
        std::exp2(static_cast<long double>(i) / static_cast<long double>(out.size())));
  return out;
}

}  // namespace

Exponential::Exponential(Implementation implementation, const Rounder& to)
    : implementation_(implementation), to_(to) {
  const int n = implementation.parameter;
  if (implementation.kind == Implementation::Kind::kPolynomial) {
    EINFALL_ENSURE(n >= 2 && n <= 12, "multiply-adds of an exponential");
    values_ = fitted(n);
  } else if (implementation.kind == Implementation::Kind::kTable) {
    EINFALL_ENSURE(n >= 1 && n <= 16, "bits of a table");
    values_ = table(n);
  }
}

double Exponential::exp(double x) const {
  if (implementation_.kind == Implementation::Kind::kCorrectlyRounded)
    return correctly_rounded(to_, std::exp(x),
                             [=] { return std::exp(static_cast<long double>(x)); });
  return exp2(static_cast<double>(static_cast<float>(x) * kLog2E));
}

double Exponential::exp2(double x) const {
  if (implementation_.kind == Implementation::Kind::kCorrectlyRounded)
    return correctly_rounded(to_, std::exp2(x),
                             [=] { return std::exp2(static_cast<long double>(x)); });
  if (x != x) return to_(x);
  if (x > kLargest) return to_(HUGE_VAL);
  if (x < -kLargest) return to_(0);
  if (implementation_.kind == Implementation::Kind::kPolynomial) {
    const double whole = std::nearbyint(x);
    const float power = horner(values_, static_cast<float>(x - whole));
    return to_(std::ldexp(static_cast<double>(power), static_cast<int>(whole)));
  }
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(x, implementation_.parameter)));
  const auto low = static_cast<std::size_t>(steps) & (values_.size() - 1);
  return to_(std::ldexp(static_cast<double>(values_[low]), steps >> implementation_.parameter));
}

}  // namespace einfall::base::numerics
