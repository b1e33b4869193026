#include "base/numerics/exp.hpp"

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/numerics/rsqrt.hpp"
#include "base/numerics/tanh.hpp"

using namespace einfall::base::numerics;
using Wide = boost::multiprecision::cpp_bin_float_50;
using Kind = Implementation::Kind;

namespace {

const Rounder kTo(kFp32);

// Largest relative error over the arguments whose results are normal fp32 numbers.
template <class F, class G>
double worst(F f, G reference, double low, double high, int points) {
  double worst_error = 0;
  for (int i = 0; i <= points; ++i) {
    const auto x = static_cast<double>(static_cast<float>(low + (high - low) * i / points));
    const double exact = static_cast<double>(reference(static_cast<long double>(x)));
    worst_error = std::max(worst_error, std::fabs(f(x) - exact) / std::fabs(exact));
  }
  return worst_error;
}

}  // namespace

TEST_CASE("correctly rounded exp is exact for every bf16 and fp16 argument",
          "[numerics][exp][slow]") {
  for (const FloatFormat& f : {kFp16, kBf16}) {
    const Exponential unit({}, Rounder(f));
    int bad = 0;
    for (std::uint64_t code = 0; code < 65536; code += 3) {
      const double x = decode(f, code);
      if (!std::isfinite(x) || std::fabs(x) > 120 || std::fabs(x) < 1e-4) continue;
      // 50 digits, to odd by hand: the value is irrational, so never a midpoint.
      const Wide exact = exp(Wide(x));
      auto nearest = static_cast<double>(exact);
      if (Wide(nearest) != exact && (encode(kFp64, nearest) & 1) == 0)
        nearest = std::nextafter(nearest, Wide(nearest) < exact ? HUGE_VAL : 0);
      bad += unit.exp(x) == Rounder(f)(nearest) ? 0 : 1;
    }
    INFO(f.name);
    CHECK(bad == 0);
  }
}

TEST_CASE("correctly rounded functions settle what fp64 cannot decide", "[numerics][exp]") {
  const Exponential unit({}, kTo);
  CHECK(unit.exp(0) == 1);
  CHECK(unit.exp(0x1p-24) == 1 + 0x1p-23);  // just above the midpoint 1 + 2^-24
  CHECK(unit.exp(-0x1p-25) == 1);           // just above the midpoint 1 - 2^-25
  CHECK(unit.exp(-0x1.000002p-25) == 1 - 0x1p-24);
  CHECK(unit.exp2(-3) == 0.125);
  CHECK(unit.exp2(-149) == 0x1p-149);
  CHECK(unit.exp(-INFINITY) == 0);
  CHECK(unit.exp(INFINITY) == INFINITY);
  CHECK(std::isnan(unit.exp(NAN)));
  CHECK(unit.exp(89) == INFINITY);
  CHECK(Hyperbolic({}, kTo).tanh(0x1p-140) == 0x1p-140);
  CHECK(ReciprocalRoot({}, kTo)(4) == 0.5);
}

TEST_CASE("polynomial exponentials keep their error bounds over the whole range",
          "[numerics][exp]") {
  // Measured bounds: each further multiply-add buys at least three bits until fp32 ends it.
  const std::vector<std::pair<int, double>> bounds{
      {3, 5e-3}, {4, 0x1p-12}, {5, 0x1p-17}, {6, 2.7e-7}, {7, 1.3e-7}};
  for (const auto& [n, bound] : bounds) {
    const Exponential unit({Kind::kPolynomial, n}, kTo);
    const double error = worst([&](double x) { return unit.exp2(x); },
                               [](long double x) { return std::exp2(x); }, -126, 127.9, 400000);
    INFO("poly(" << n << "): 2^" << std::log2(error));
    CHECK(error < bound);
    CHECK(error > bound / 16);
  }
}

TEST_CASE("table exponentials keep their error bounds", "[numerics][exp]") {
  for (const int bits : {4, 8, 12}) {
    const Exponential unit({Kind::kTable, bits}, kTo);
    const double error = worst([&](double x) { return unit.exp2(x); },
                               [](long double x) { return std::exp2(x); }, -126, 127.9, 200000);
    CHECK(error < std::exp2(-(bits + 1.5)));
    CHECK(error > std::exp2(-(bits + 2.5)));
  }
}

TEST_CASE("exp by way of 2^x pays for the rounded product", "[numerics][exp]") {
  const Exponential unit({Kind::kPolynomial, 6}, kTo);
  for (const double reach : {1.0, 10.0, 80.0}) {
    const double error = worst([&](double x) { return unit.exp(x); },
                               [](long double x) { return std::exp(x); }, -reach, reach, 200000);
    CHECK(error < 2.7e-7 + 1.1 * reach * 0x1p-24);
  }
}

TEST_CASE("approximate exponentials are exact at whole powers and at the ends", "[numerics][exp]") {
  for (const Implementation how : {Implementation{Kind::kPolynomial, 6}, {Kind::kTable, 6}}) {
    const Exponential unit(how, kTo);
    for (int n = -149; n < 128; ++n) CHECK(unit.exp2(n) == std::ldexp(1.0, n));
    CHECK(unit.exp(0) == 1);
    CHECK(unit.exp2(128) == INFINITY);
    CHECK(unit.exp2(-151) == 0);
    CHECK(unit.exp(-INFINITY) == 0);
    CHECK(unit.exp(INFINITY) == INFINITY);
    CHECK(std::isnan(unit.exp(NAN)));
    // Subnormal results are rounded once.
    CHECK(unit.exp2(-140.5) == kTo(std::ldexp(unit.exp2(-0.5), -140)));
  }
}

TEST_CASE("the six multiply-adds of FuseMax are Horner's scheme on floats", "[numerics][exp]") {
  // Written out for one argument, independent of the class: the coefficients of the Taylor series
  // are near enough to tell a wrong order of operations or a wrong degree.
  const Exponential unit({Kind::kPolynomial, 6}, kTo);
  const double ln2 = std::log(2.0);
  const double f = 0.3125;
  double taylor = 0, factor = 1;
  for (int k = 0; k <= 5; ++k) {
    taylor += factor;
    factor *= f * ln2 / (k + 1);
  }
  CHECK(std::fabs(unit.exp2(f) - taylor) < 4e-7);
  CHECK(unit.exp2(f) == static_cast<double>(static_cast<float>(unit.exp2(f))));
  CHECK(unit.exp2(5 + f) == 32 * unit.exp2(f));
}

TEST_CASE("tanh, sigmoid and rsqrt follow their implementations", "[numerics][exp]") {
  const Hyperbolic exact({}, kTo), approximate({Kind::kPolynomial, 6}, kTo);
  double tanh_error = 0, sigmoid_error = 0;
  for (int i = -4000; i <= 4000; ++i) {
    const auto x = static_cast<double>(static_cast<float>(i * 0.005));
    CHECK(std::fabs(exact.tanh(x) - std::tanh(x)) <= std::fabs(std::tanh(x)) * 0x1p-24);
    tanh_error = std::max(tanh_error, std::fabs(approximate.tanh(x) - std::tanh(x)));
    sigmoid_error =
        std::max(sigmoid_error, std::fabs(approximate.sigmoid(x) - 1 / (1 + std::exp(-x))));
  }
  CHECK(tanh_error < 1e-6);
  CHECK(sigmoid_error < 1e-6);
  CHECK(approximate.tanh(0) == 0);
  CHECK(approximate.tanh(-100) == -1);
  CHECK(approximate.sigmoid(-200) == 0);

  const auto root = [](long double x) { return 1 / std::sqrt(x); };
  for (const double scale : {1e-38, 1e-3, 1.0, 1e30}) {
    const ReciprocalRoot six({Kind::kPolynomial, 6}, kTo), table({Kind::kTable, 8}, kTo);
    CHECK(worst(six, root, scale, 16 * scale, 50000) < 0x1p-15);
    CHECK(worst(table, root, scale, 16 * scale, 50000) < std::exp2(-9.9));
    CHECK(worst(ReciprocalRoot({Kind::kTable, 4}, kTo), root, scale, 16 * scale, 50000) <
          std::exp2(-5.9));
    CHECK(worst(ReciprocalRoot({}, kTo), root, scale, 16 * scale, 50000) <= 0x1p-24);
  }
  for (const Implementation how : {Implementation{}, {Kind::kTable, 8}, {Kind::kPolynomial, 6}}) {
    const ReciprocalRoot unit(how, kTo);
    CHECK(unit(0) == INFINITY);
    CHECK(unit(-0.0) == -INFINITY);
    CHECK(std::isnan(unit(-1)));
    CHECK(unit(INFINITY) == 0);
  }
  CHECK(ReciprocalRoot({Kind::kTable, 8}, kTo)(0.25) == 2);
  CHECK(ReciprocalRoot({Kind::kTable, 8}, kTo)(0x1p-149) ==
        Approx(1 / std::sqrt(0x1p-149)).epsilon(1e-3));
}
