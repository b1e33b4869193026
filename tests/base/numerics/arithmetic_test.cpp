#include "base/numerics/arithmetic.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>

using namespace einfall::base::numerics;
using Rational = boost::multiprecision::cpp_rational;

namespace {

float random_float(std::mt19937_64& random) {
  for (;;) {
    const auto bits = static_cast<std::uint32_t>(random());
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (std::isfinite(value)) return value;
  }
}

bool same(double a, float b) {
  return (std::isnan(a) && std::isnan(b)) ||
         (a == static_cast<double>(b) && std::signbit(a) == std::signbit(b));
}

// Exact comparison of a rational with the midpoint of two neighbours.
double nearest_exact(const FloatFormat& f, const Rational& exact, double guess) {
  const std::uint64_t code = encode(f, std::fabs(guess));
  const Rational magnitude = exact < 0 ? Rational(-exact) : exact;
  std::uint64_t best = code;
  Rational best_distance = -1;
  for (std::uint64_t c = code > 2 ? code - 2 : 0; c <= code + 2; ++c) {
    const double v = decode(f, c);
    if (!std::isfinite(v)) continue;
    const Rational d = abs(Rational(v) - magnitude);
    if (best_distance < 0 || d < best_distance || (d == best_distance && c % 2 == 0)) {
      best = c;
      best_distance = d;
    }
  }
  return exact < 0 ? -decode(f, best) : decode(f, best);
}

}  // namespace

TEST_CASE("fp32 operations through fp64 equal the hardware's", "[numerics]") {
  // Saturation keeps the general rounding path in play; overflowing cases are left to the hardware
  // path, which rounds with the same instruction it is compared with.
  const Rounder to(kFp32);
  const Rounder general(kFp32, {.saturate = true});
  std::mt19937_64 random(7);
  int bad = 0;
  for (int i = 0; i < 300000; ++i) {
    const float a = random_float(random);
    float b = random_float(random);
    if (i % 2 == 0) b = std::ldexp(b, std::ilogb(a) - std::ilogb(b) + i % 50 - 25);
    if (!std::isfinite(b) || b == 0) continue;
    const double x = a, y = b;
    bad += same(add(to, x, y), a + b) && same(sub(to, x, y), a - b) ? 0 : 1;
    bad += same(mul(to, x, y), a * b) && same(div(to, x, y), a / b) ? 0 : 1;
    bad += same(sqrt(to, std::fabs(x)), std::sqrt(std::fabs(a))) ? 0 : 1;
    if (std::isfinite(a * b)) bad += same(mul(general, x, y), a * b) ? 0 : 1;
    if (std::isfinite(a / b)) bad += same(div(general, x, y), a / b) ? 0 : 1;
  }
  CHECK(bad == 0);
}

TEST_CASE("the fused multiply-add of fp32 is not two fp64 steps", "[numerics]") {
  const Rounder to(kFp32);
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24 lies on a midpoint; a tiny third term decides.
  const double a = 1 + 0x1p-12, c = 0x1p-80;
  CHECK(multiply_add(to, a, a, c) == 1 + 0x1p-11 + 0x1p-23);
  CHECK(multiply_add(to, a, a, -c) == 1 + 0x1p-11);
  CHECK(to(a * a + c) == 1 + 0x1p-11);  // what two steps would give
  std::mt19937_64 random(8);
  int bad = 0;
  const Rounder general(kFp32, {.saturate = true});
  for (int i = 0; i < 200000; ++i) {
    const float x = random_float(random), y = random_float(random);
    float z = random_float(random);
    if (std::isfinite(x * y) && x * y != 0)
      z = std::ldexp(z, std::ilogb(x * y) - std::ilogb(z) + i % 60 - 30);
    const float fused = std::fma(x, y, z);
    bad += same(multiply_add(to, x, y, z), fused) ? 0 : 1;
    // The general path must reach the same bits through rounding to odd.
    if (std::isfinite(fused)) bad += same(multiply_add(general, x, y, z), fused) ? 0 : 1;
  }
  CHECK(bad == 0);
}

TEST_CASE("fused multiply-adds of the narrow formats are exact sums rounded once", "[numerics]") {
  std::mt19937_64 random(9);
  for (const FloatFormat& f : {kFp16, kBf16, kFp8E4M3, kFp8E5M2}) {
    const Rounder to(f, {.saturate = true});
    const std::uint64_t mask = (std::uint64_t{1} << f.bits()) - 1;
    int bad = 0, checked = 0;
    while (checked < 2000) {
      const double a = decode(f, random() & mask), b = decode(f, random() & mask);
      const double c = decode(f, random() & mask);
      if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(c)) continue;
      const double got = multiply_add(to, a, b, c);
      const Rational exact = Rational(a) * Rational(b) + Rational(c);
      if (abs(exact) > Rational(f.max)) continue;
      ++checked;
      bad += got == nearest_exact(f, exact, got) ? 0 : 1;
    }
    INFO(f.name);
    CHECK(bad == 0);
  }
}

TEST_CASE("rounding to odd marks what was lost", "[numerics]") {
  CHECK(add_to_odd(1, 2) == 3);
  CHECK(add_to_odd(1, 0x1p-80) == std::nextafter(1.0, 2.0));
  CHECK(add_to_odd(1, -0x1p-80) == std::nextafter(1.0, 0.0));
  CHECK(add_to_odd(-1, 0x1p-80) == std::nextafter(-1.0, 0.0));
  CHECK(add_to_odd(0x1p-80, 1) == std::nextafter(1.0, 2.0));
  CHECK(std::isinf(add_to_odd(INFINITY, 1)));
  CHECK(std::isnan(add_to_odd(INFINITY, -INFINITY)));
}
