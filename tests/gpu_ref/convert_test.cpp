#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

#include "base/numerics/format.hpp"
#include "gpu_ref/host/convert.hpp"

namespace einfall::gpu_ref {
namespace {

namespace numerics = base::numerics;

template <class T>
void check_against(const numerics::FloatFormat& format) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> mantissa(-2, 2);
  std::uniform_int_distribution<int> exponent(-160, 140);
  std::vector<double> values{0.0,
                             -0.0,
                             kInfinity,
                             -kInfinity,
                             format.max,
                             -format.max,
                             std::nextafter(format.max, kInfinity),
                             2 * format.max,
                             1e300};
  for (int i = 0; i < 20000; ++i)
    values.push_back(std::ldexp(mantissa(random), i % 2 == 0 ? exponent(random) : i % 32 - 20));
  for (const double x : values) {
    CAPTURE(x);
    REQUIRE(rounded<T>(x).bits == numerics::encode(format, x));
  }
  CHECK(std::isnan(value_of(rounded<T>(std::nan("")))));
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const double value = value_of(T{static_cast<std::uint16_t>(code)});
    if (std::isnan(value)) continue;
    REQUIRE(value == numerics::decode(format, code));
    REQUIRE(rounded<T>(value).bits == code);
  }
}

TEST_CASE("numbers round to bf16 and fp16 as base/numerics says", "[convert]") {
  check_against<Bf16>(numerics::kBf16);
  check_against<Fp16>(numerics::kFp16);
}

TEST_CASE("numbers round to e4m3 and saturate", "[convert]") {
  CHECK(value_of(rounded<E4m3>(1e6)) == 448);
  CHECK(value_of(rounded<E4m3>(-1e6)) == -448);
  CHECK(value_of(rounded<E4m3>(1.0625)) == 1);
  CHECK(value_of(rounded<E4m3>(1.1875)) == 1.25);
}

TEST_CASE("fresh memory is a NaN in every format", "[convert]") {
  CHECK(std::isnan(value_of(Bf16{0xffff})));
  CHECK(std::isnan(value_of(Fp16{0xffff})));
  CHECK(std::isnan(value_of(E4m3{0xff})));
}

}  // namespace
}  // namespace einfall::gpu_ref
