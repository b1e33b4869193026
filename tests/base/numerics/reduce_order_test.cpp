#include "base/numerics/reduce_order.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <random>

using namespace einfall::base::numerics;
using Rational = boost::multiprecision::cpp_rational;
using Kind = Order::Kind;

namespace {

// A "sum" whose result tells the order: not associative, exact for a few steps.
double trace(const Rounder&, double a, double b) { return 2 * a + 3 * b; }

double traced(Order order, const std::vector<double>& values) {
  Accumulator acc(order, Rounder(kFp64), trace);
  for (const double v : values) acc.add(v);
  return acc.result();
}
double t(double a, double b) { return 2 * a + 3 * b; }

double summed(Order order, const Format& format, const std::vector<double>& values) {
  Accumulator acc(order, Rounder(format), add);
  for (const double v : values) acc.add(v);
  return acc.result();
}

}  // namespace

TEST_CASE("sequential order adds from the left", "[numerics][order]") {
  CHECK(traced({}, {1, 10, 100}) == t(t(1, 10), 100));
  CHECK(traced({}, {5}) == 5);
}

TEST_CASE("pairwise order adds neighbours, then neighbouring sums", "[numerics][order]") {
  const Order order{Kind::kPairwise};
  CHECK(traced(order, {1, 2, 3, 4}) == t(t(1, 2), t(3, 4)));
  CHECK(traced(order, {1, 2, 3, 4, 5}) == t(t(t(1, 2), t(3, 4)), 5));
  CHECK(traced(order, {1, 2, 3, 4, 5, 6, 7}) == t(t(t(1, 2), t(3, 4)), t(t(5, 6), 7)));
  CHECK(traced(order, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) ==
        t(t(t(t(1, 2), t(3, 4)), t(t(5, 6), t(7, 8))), t(t(9, 10), 11)));
}

TEST_CASE("a tree of k sums its group pairwise and adds it to the total", "[numerics][order]") {
  const Order order{Kind::kTree, 4};
  CHECK(traced(order, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) ==
        t(t(t(t(1, 2), t(3, 4)), t(t(5, 6), t(7, 8))), t(9, 10)));
  CHECK(traced({Kind::kTree, 3}, {1, 2, 3, 4}) == t(t(t(1, 2), 3), 4));
}

TEST_CASE("blocks of k are sums of their own", "[numerics][order]") {
  CHECK(traced({Kind::kBlocks, 3}, {1, 2, 3, 4, 5, 6, 7}) == t(t(t(t(1, 2), 3), t(t(4, 5), 6)), 7));
  CHECK(traced({Kind::kBlocks, 1}, {1, 2, 3}) == t(t(1, 2), 3));
}

TEST_CASE("absent points keep their place", "[numerics][order]") {
  Accumulator acc({Kind::kPairwise}, Rounder(kFp64), trace);
  acc.skip();
  acc.add(2);
  acc.add(3);
  acc.skip();
  acc.add(5);
  CHECK(acc.result() == t(t(2, 3), 5));
  Accumulator blocks({Kind::kBlocks, 2}, Rounder(kFp64), trace);
  for (const double v : {1.0, 0.0, 0.0, 0.0, 2.0, 3.0}) v == 0 ? blocks.skip() : blocks.add(v);
  CHECK(blocks.result() == t(1, t(2, 3)));
  Accumulator none({Kind::kTree, 2}, Rounder(kFp64), trace);
  none.skip();
  none.skip();
  CHECK_FALSE(none.any());
  none.add(4);
  CHECK(none.any());
  CHECK(none.result() == 4);
  none.clear();
  CHECK_FALSE(none.any());
}

TEST_CASE("a register that starts at zero decides the sign of a zero sum", "[numerics][order]") {
  for (const Order order :
       {Order{}, Order{Kind::kBlocks, 2}, Order{Kind::kTree, 2}, Order{Kind::kMatrix, 2}}) {
    Accumulator reset(order, Rounder(kFp32), add, 0.0), bare(order, Rounder(kFp32), add);
    for (int i = 0; i < 3; ++i) {
      reset.add(-0.0);
      bare.add(-0.0);
    }
    CHECK_FALSE(std::signbit(reset.result()));
    CHECK(std::signbit(bare.result()));
    reset.clear();
    reset.skip(5);
    CHECK_FALSE(reset.any());
    reset.add(2);
    CHECK(reset.result() == 2);
  }
}

TEST_CASE("orders differ where rounding bites", "[numerics][order]") {
  // 256 is the last whole number before bf16 counts in twos: sequential counting stops there.
  const std::vector<double> ones(1024, 1.0);
  CHECK(summed({}, kBf16, ones) == 256);
  CHECK(summed({Kind::kPairwise}, kBf16, ones) == 1024);
  CHECK(summed({Kind::kBlocks, 128}, kBf16, ones) == 1024);
  CHECK(summed({Kind::kMatrix, 16}, kBf16, ones) == 1024);
  CHECK(summed({}, kFp16, std::vector<double>(4096, 1.0)) == 2048);
  CHECK(summed({}, FixedFormat{"q", 8, 0}, ones) == 127);
}

TEST_CASE("a product in sequence is one fused multiply-add", "[numerics][order]") {
  const double a = 1 + 0x1p-12;
  for (const Order order : {Order{}, Order{Kind::kBlocks, 8}}) {
    Accumulator fused(order, Rounder(kFp32), add);
    fused.add_product(0x1p-40, 0x1p-40);
    fused.add_product(a, a);
    CHECK(fused.result() == 1 + 0x1p-11 + 0x1p-23);
  }
  // A tree of adders sees the rounded product.
  Accumulator tree({Kind::kTree, 2}, Rounder(kFp32), add);
  tree.add_product(0x1p-40, 0x1p-40);
  tree.add_product(a, a);
  CHECK(tree.result() == 1 + 0x1p-11);
}

TEST_CASE("a matrix engine adds a block exactly and rounds once", "[numerics][order]") {
  Accumulator acc({Kind::kMatrix, 4}, Rounder(kFp32), add);
  for (const double v : {0x1p60, 1.0, -0x1p60, 0x1p-20}) acc.add_product(v, 1);
  CHECK(acc.result() == 1 + 0x1p-20);
  acc.add_product(0x1p-24, 1);  // the next block: half a unit, to even
  acc.add_product(0x1p-80, 1);
  CHECK(acc.result() == 1 + 0x1p-20 + 0x1p-23);
}

TEST_CASE("a matrix engine with truncated alignment loses low bits", "[numerics][order]") {
  Accumulator acc({Kind::kMatrix, 2, 10}, Rounder(kFp32), add);
  acc.add_product(1024, 1);
  acc.add_product(1.75, 1);  // the quantum is 1
  CHECK(acc.result() == 1025);
  acc.add_product(-1.75, 1);
  acc.add_product(1024, 1);  // cut towards zero
  CHECK(acc.result() == 1025 + 1023);
}

TEST_CASE("exact sums equal rational arithmetic rounded once", "[numerics][order]") {
  std::mt19937_64 random(11);
  int bad = 0;
  for (int round = 0; round < 300; ++round) {
    ExactSum sum;
    Rational exact = 0;
    for (int i = 0; i < 20; ++i) {
      const auto significand = static_cast<double>(random() >> 16);  // 48 bits: a product
      const int exponent = static_cast<int>(random() % 400) - 298;
      const double v = std::ldexp(random() % 2 == 0 ? significand : -significand, exponent - 20);
      const double kept = std::ldexp(std::trunc(std::ldexp(v, 320 - 40)), 40 - 320);
      sum.add(kept);
      exact += Rational(kept);
      if (i == 10) {  // cancel everything seen so far but the rest
        sum.add(-kept);
        exact -= Rational(kept);
      }
    }
    const double odd = sum.to_odd();
    const Rational error = exact - Rational(odd);
    // Exact, or one of the neighbours with the last bit set.
    const bool last_bit = (encode(kFp64, odd) & 1) != 0;
    const double unit = std::ldexp(1.0, std::ilogb(odd) - 52);
    bad += error == 0 || (last_bit && abs(error) < Rational(unit)) ? 0 : 1;
  }
  CHECK(bad == 0);
}

TEST_CASE("exact sums know zeros, infinities and the smallest products", "[numerics][order]") {
  ExactSum sum;
  CHECK(sum.to_odd() == 0);
  sum.add(-0.0);
  CHECK(std::signbit(sum.to_odd()));
  sum.add(0x1p-298);
  CHECK(sum.to_odd() == 0x1p-298);
  sum.add(-0x1p-298);
  CHECK(sum.to_odd() == 0);
  CHECK_FALSE(std::signbit(sum.to_odd()));
  sum.add(-0x1p256);
  sum.add(0x1p-298);
  CHECK(sum.to_odd() == std::nextafter(-0x1p256, 0));
  // Outside of the range that products of fp32 numbers have.
  sum.clear();
  sum.add(1e-300);
  CHECK(sum.to_odd() == 0);
  sum.add(-1e300);
  CHECK(sum.to_odd() == -INFINITY);
  sum.clear();
  sum.add(INFINITY);
  CHECK(sum.to_odd() == INFINITY);
  sum.add(-INFINITY);
  CHECK(std::isnan(sum.to_odd()));
}
