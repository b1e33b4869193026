#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "base/numerics/arithmetic.hpp"

using namespace einfall::base::numerics;
using Exact = boost::multiprecision::int128_t;

// All 256 x 256 sums and products of the 8-bit formats against exact arithmetic. Values are held in
// units of 2^-40, so that products of two (units of 2^-20 each) are whole numbers too. The oracle
// knows the formats from their bit layout alone and rounds by looking for the nearest value.
namespace {

struct Layout {
  int exponent_bits, mantissa_bits, bias;
  bool ieee;
};

constexpr int kUnit = 20;

struct Oracle {
  Layout layout;
  std::vector<Exact> positive;  // values of the finite non-negative codes, in units of 2^-20

  explicit Oracle(Layout l) : layout(l) {
    const int top = (1 << l.exponent_bits) - 1, mantissas = 1 << l.mantissa_bits;
    for (int field = 0; field <= top; ++field)
      for (int m = 0; m < mantissas; ++m) {
        if (field == top && (l.ieee || m == mantissas - 1)) continue;
        const int significand = field == 0 ? m : m + mantissas;
        const int exponent = std::max(field, 1) - l.bias - l.mantissa_bits;
        positive.push_back(Exact(significand) << (exponent + kUnit));
      }
  }

  // Nearest code of |value| (units of 2^-40), ties to even; the number of finite codes: overflow.
  std::size_t nearest(const Exact& magnitude) const {
    std::vector<Exact> ends;
    const auto scaled = [&](std::size_t i) { return positive[i] << kUnit; };
    std::size_t low = 0, high = positive.size();
    while (high - low > 1) {
      const std::size_t middle = (low + high) / 2;
      (scaled(middle) <= magnitude ? low : high) = middle;
    }
    const Exact below = scaled(low);
    const Exact step =
        low + 1 < positive.size() ? Exact(scaled(low + 1) - below) : Exact(below - scaled(low - 1));
    const Exact twice = (magnitude - below) * 2;
    if (twice > step || (twice == step && low % 2 == 1)) return low + 1;
    return low;
  }
};

int mismatches(const FloatFormat& f, const Layout& layout) {
  const Oracle oracle(layout);
  const Rounder to(f);
  const std::size_t count = oracle.positive.size();
  int bad = 0;
  const auto compare = [&](const Exact& exact, double got, bool negative_zero) {
    const Exact magnitude = exact < 0 ? Exact(-exact) : exact;
    const std::size_t code = oracle.nearest(magnitude);
    const bool negative = exact < 0 || (exact == 0 && negative_zero);
    if (code == count) {
      bad += (layout.ieee ? std::isinf(got) && std::signbit(got) == negative : std::isnan(got)) ? 0
                                                                                                : 1;
      return;
    }
    const std::uint64_t expected = code + (negative ? 128U : 0U);
    bad += encode(f, got) == expected ? 0 : 1;
  };
  for (std::uint64_t a = 0; a < 256; ++a)
    for (std::uint64_t b = 0; b < 256; ++b) {
      if ((a & 127) >= count || (b & 127) >= count) continue;
      const double x = decode(f, a), y = decode(f, b);
      const Exact ea = a < 128 ? oracle.positive[a] : Exact(-oracle.positive[a & 127]);
      const Exact eb = b < 128 ? oracle.positive[b] : Exact(-oracle.positive[b & 127]);
      compare(Exact(ea + eb) << kUnit, add(to, x, y), a >= 128 && b >= 128 && ea == 0 && eb == 0);
      compare(ea * eb, mul(to, x, y), (a >= 128) != (b >= 128));
    }
  return bad;
}

}  // namespace

TEST_CASE("all sums and products of fp8 e4m3 are the exact ones rounded once", "[numerics][fp8]") {
  CHECK(mismatches(kFp8E4M3, {4, 3, 7, false}) == 0);
}

TEST_CASE("all sums and products of fp8 e5m2 are the exact ones rounded once", "[numerics][fp8]") {
  CHECK(mismatches(kFp8E5M2, {5, 2, 15, true}) == 0);
}

TEST_CASE("the oracle of the tables tells a wrong bias from the right one", "[numerics][fp8]") {
  CHECK(mismatches(kFp8E4M3, {4, 3, 8, false}) > 1000);
}
