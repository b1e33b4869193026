#include "base/numerics/format.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "base/numerics/rounder.hpp"

using namespace einfall::base::numerics;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

const std::vector<FloatFormat> kNarrow{kBf16, kFp16, kFp8E4M3, kFp8E5M2};
const std::vector<FloatFormat> kAll{kFp32, kBf16, kFp16, kFp8E4M3, kFp8E5M2};

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

// The code of the largest finite value: positive codes up to it are the positive numbers in order.
std::uint64_t last_code(const FloatFormat& f) { return encode(f, f.max); }

// Counts violations, so that millions of checks cost one assertion.
template <class Check>
int failures(const FloatFormat& f, std::uint64_t stride, Check check) {
  int bad = 0;
  for (std::uint64_t code = 0; code < last_code(f); code += stride) {
    const double low = decode(f, code), high = decode(f, code + 1);
    bad += check(code, low, high) ? 0 : 1;
  }
  return bad;
}

}  // namespace

TEST_CASE("the constants of the formats are those of their standards", "[numerics]") {
  CHECK(kFp16.max == 65504);
  CHECK(decode(kFp16, 0x0001) == std::ldexp(1, -24));
  CHECK(decode(kFp16, 0x0400) == std::ldexp(1, -14));
  CHECK(decode(kBf16, 0x3f80) == 1.0);
  CHECK(decode(kBf16, 0x0001) == std::ldexp(1, -133));
  CHECK(decode(kFp8E4M3, 0x7e) == 448);
  CHECK(std::isnan(decode(kFp8E4M3, 0x7f)));
  CHECK(std::isnan(decode(kFp8E4M3, 0xff)));
  CHECK(decode(kFp8E4M3, 0x01) == std::ldexp(1, -9));
  CHECK(decode(kFp8E5M2, 0x7b) == 57344);
  CHECK(decode(kFp8E5M2, 0x7c) == kInf);
  CHECK(std::isnan(decode(kFp8E5M2, 0x7d)));
  CHECK(decode(kFp8E5M2, 0x01) == std::ldexp(1, -16));
  CHECK(kFp32.max == std::numeric_limits<float>::max());
  for (const FloatFormat& f : kAll) {
    const std::uint64_t top = encode(f, f.max);
    CHECK(decode(f, top) == f.max);
    // The next code is no finite number.
    CHECK_FALSE(std::isfinite(decode(f, top + 1)));
  }
}

TEST_CASE("every code of the 8- and 16-bit formats survives decode and encode", "[numerics]") {
  for (const FloatFormat& f : kNarrow) {
    const Rounder to(f);
    int bad = 0, nans = 0;
    for (std::uint64_t code = 0; code < (std::uint64_t{1} << f.bits()); ++code) {
      const double value = decode(f, code);
      if (std::isnan(value)) {
        ++nans;
        bad += std::isnan(decode(f, encode(f, value))) ? 0 : 1;
        bad += std::signbit(value) == std::signbit(decode(f, encode(f, value))) ? 0 : 1;
      } else {
        bad += encode(f, value) == code ? 0 : 1;
        bad += same(to(value), value) ? 0 : 1;
      }
    }
    INFO(f.name);
    CHECK(bad == 0);
    CHECK(nans == (f.has_infinity ? 2 * ((1 << f.mantissa_bits) - 1) : 2));
  }
}

TEST_CASE("midpoints go to the even code and their neighbours to the nearer one", "[numerics]") {
  for (const FloatFormat& f : kAll) {
    const Rounder to(f);
    const std::uint64_t stride = f.bits() == 32 ? 65537 : 1;
    const auto check = [&](std::uint64_t code, double low, double high) {
      const double middle = low + (high - low) / 2;
      const double even = code % 2 == 0 ? low : high;
      return to(middle) == even && to(-middle) == -even &&
             to(std::nextafter(middle, kInf)) == high && to(std::nextafter(middle, 0)) == low &&
             encode(f, middle) == (code % 2 == 0 ? code : code + 1);
    };
    INFO(f.name);
    CHECK(failures(f, stride, check) == 0);
  }
}

TEST_CASE("fp32 rounding that keeps subnormals is the hardware's", "[numerics]") {
  // The general path, reached through an option that changes nothing for these values.
  const Rounder general(kFp32, {.saturate = true}), hardware(kFp32);
  CHECK(hardware.is_hardware_fp32());
  CHECK_FALSE(general.is_hardware_fp32());
  rc::prop("both paths agree on every double below the maximum", [&] {
    const auto bits = *rc::gen::arbitrary<std::uint64_t>();
    const int exponent = *rc::gen::inRange(-160, 127);
    const double value =
        std::ldexp(1.0 + std::ldexp(static_cast<double>(bits >> 12), -52), exponent);
    RC_ASSERT(same(general(value), static_cast<double>(static_cast<float>(value))));
    RC_ASSERT(same(general(-value), hardware(-value)));
  });
}

TEST_CASE("overflow is infinity, NaN where there is none, or the largest value", "[numerics]") {
  CHECK(Rounder(kFp16)(65519.999) == 65504);
  CHECK(Rounder(kFp16)(65520) == kInf);
  CHECK(Rounder(kFp16)(-65520) == -kInf);
  CHECK(Rounder(kBf16)(3.5e38) == kInf);
  CHECK(Rounder(kFp8E5M2)(61440) == kInf);
  CHECK(Rounder(kFp8E5M2)(61439.9) == 57344);
  // 464 is the tie between 448 (even) and 480, which does not exist.
  CHECK(Rounder(kFp8E4M3)(464) == 448);
  CHECK(std::isnan(Rounder(kFp8E4M3)(464.0001)));
  CHECK(std::isnan(Rounder(kFp8E4M3)(kInf)));
  CHECK(encode(kFp8E4M3, kInf) == 0x7f);
  CHECK(encode(kFp8E4M3, -kInf) == 0xff);
  for (const FloatFormat& f : kAll) {
    const Rounder to(f, {.saturate = true});
    CHECK(to(kInf) == f.max);
    CHECK(to(-f.max * 1.5) == -f.max);
    CHECK(std::isnan(to(kNaN)));
    CHECK(Rounder(f)(f.max) == f.max);
  }
  CHECK(Rounder(kFp32)(0x1.ffffffp127) == kInf);
  CHECK(Rounder(kFp64)(1e308) == 1e308);
}

TEST_CASE("subnormals are kept, or flushed after rounding", "[numerics]") {
  for (const FloatFormat& f : kAll) {
    const double least = std::ldexp(1.0, f.min_exponent() - f.mantissa_bits);
    const double normal = std::ldexp(1.0, f.min_exponent());
    const Rounder keep(f), flush(f, {.flush_subnormals = true});
    CHECK(keep(least) == least);
    CHECK(keep(least / 2) == 0);
    CHECK(keep(least * 0.75) == least);
    CHECK(same(keep(-least / 4), -0.0));
    CHECK(flush(normal) == normal);
    CHECK(same(flush(-normal + least), -0.0));
    // Rounds up to the smallest normal number first.
    CHECK(flush(normal - least / 4) == normal);
  }
}

TEST_CASE("integers saturate, round to even and have no NaN", "[numerics]") {
  const Rounder int8(kInt8), int4(kInt4), int32(kInt32);
  CHECK(int8(127.4) == 127);
  CHECK(int8(1000) == 127);
  CHECK(int8(-1000) == -128);
  CHECK(int8(-kInf) == -128);
  CHECK(int8(kNaN) == 0);
  CHECK(int4(7.5) == 7);
  CHECK(int4(-8.5) == -8);
  CHECK(int8(0.5) == 0);
  CHECK(int8(1.5) == 2);
  CHECK(int8(-2.5) == -2);
  CHECK(int32(2147483647.5) == 2147483647);
  CHECK(int32(-3e9) == -2147483648.0);
  CHECK(Rounder(FixedFormat{"q4.4", 8, 4})(1.03) == 1.0);
  CHECK(Rounder(FixedFormat{"q4.4", 8, 4})(100) == 7.9375);
  for (int v = -128; v < 128; ++v) CHECK(decode(kInt8, encode(kInt8, v)) == v);
  for (int v = -8; v < 8; ++v) CHECK(decode(kInt4, encode(kInt4, v)) == v);
  CHECK(encode(kInt8, -1) == 0xff);
  CHECK(Rounder(BoolFormat{})(-3) == 1);
  CHECK(Rounder(BoolFormat{})(0) == 0);
}

TEST_CASE("rounding is monotone, idempotent and to the nearest", "[numerics][property]") {
  const auto real =
      rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::int64_t>(-(1LL << 52), 1LL << 52),
                                  rc::gen::inRange(-80, 20)),
                   [](const std::tuple<std::int64_t, int>& t) {
                     return std::ldexp(static_cast<double>(std::get<0>(t)), std::get<1>(t) - 30);
                   });
  rc::prop("a <= b gives to(a) <= to(b), to(to(a)) = to(a), and no code is nearer", [&] {
    const FloatFormat f = *rc::gen::elementOf(kAll);
    const Rounder to(f, {.saturate = *rc::gen::arbitrary<bool>(), .flush_subnormals = false});
    double a = *real, b = *real;
    if (a > b) std::swap(a, b);
    const double qa = to(a), qb = to(b);
    if (!std::isnan(qa) && !std::isnan(qb)) RC_ASSERT(qa <= qb);
    RC_ASSERT(same(to(qa), qa));
    if (std::isfinite(qa) && std::fabs(a) <= f.max) {
      const std::uint64_t code = encode(f, std::fabs(qa));
      for (const std::uint64_t other : {code - 1, code + 1}) {
        const double v = decode(f, other);
        if (code == 0 && other != 1) continue;
        if (std::isfinite(v))
          RC_ASSERT(std::fabs(std::fabs(a) - v) >= std::fabs(std::fabs(a - qa)));
      }
    }
  });
}
