#include "einsum/eval/deviation.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using einfall::einsum::DenseTensor;
using einfall::einsum::deviation;
using einfall::einsum::magnitude;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

DenseTensor<double> tensor(std::vector<double> values, std::vector<std::uint8_t> present = {}) {
  return {{static_cast<std::int64_t>(values.size())}, std::move(values), std::move(present)};
}

}  // namespace

TEST_CASE("magnitude counts only what is present and finite", "[deviation]") {
  const auto m = magnitude(tensor({3, -4, 100, kNan, -kInf}, {1, 1, 0, 1, 1}));
  CHECK(m.points == 5);
  CHECK(m.present == 4);
  CHECK(m.nan == 1);
  CHECK(m.infinite == 1);
  CHECK(m.max_abs == 4);
  CHECK(m.rms == Approx(std::sqrt(12.5)));
}

TEST_CASE("the root mean square of huge values does not overflow", "[deviation]") {
  CHECK(magnitude(tensor({1e300, 1e300})).rms == Approx(1e300));
}

TEST_CASE("equal tensors do not deviate", "[deviation]") {
  const auto d =
      deviation(tensor({1, kNan, kInf, 7}, {1, 1, 1, 0}), tensor({1, kNan, kInf, 9}, {1, 1, 1, 0}));
  CHECK(d.unlike == 0);
  CHECK(d.not_finite == 2);
  CHECK(d.finite == 1);
  CHECK(d.max_abs == 0);
  CHECK(d.max_rel == 0);
  CHECK_FALSE(d.worst.has_value());
}

TEST_CASE("the deviation is relative to the larger of two values", "[deviation]") {
  const auto d = deviation(tensor({3, 10, 3}), tensor({3, 9, 3}));
  CHECK(d.max_abs == 1);
  CHECK(d.max_rel == 0.1);
  CHECK(d.rms == Approx(std::sqrt(1.0 / 3)));
  CHECK(d.worst == std::size_t{1});
}

TEST_CASE("a value near zero is measured by the size of its tensor", "[deviation]") {
  const auto d = deviation(tensor({8, 8, 8, 1e-20}), tensor({8, 8, 8, -1e-20}));
  CHECK(d.max_rel < 1e-20);
  CHECK(d.max_rel > 0);
}

TEST_CASE("points that cannot be compared are counted, the first is the worst", "[deviation]") {
  const auto d = deviation(tensor({1, 2, kNan, kInf, 5}, {1, 0, 1, 1, 1}),
                           tensor({2, 2, 3, -kInf, 5}, {1, 1, 1, 1, 1}));
  CHECK(d.unlike == 3);
  CHECK(d.max_abs == 1);
  CHECK(d.worst == std::size_t{1});
}
