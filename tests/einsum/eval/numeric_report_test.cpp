#include "einsum/eval/numeric_report.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/evaluation.hpp"

namespace einfall::tests {

using einsum::numeric_reports;
using einsum::NumericReport;

TEST_CASE("a report counts what few bits did to each tensor", "[eval][bit_true]") {
  const auto cascade = cascade_of(R"(
ranks: {K: 6}
declaration: {A: [K]}
types: {default: fp32, Y: fp16}
expressions: |
  Y[k] = A[k] * A[k]
  Z[k] = Y[k] - Y[k]
)");
  const auto sizes = sizes_of(cascade);
  const einsum::TensorMap<double> inputs{{"A", tensor({6}, {1, 1.0009765625, 300, 1e-5, 2, 4})}};
  einsum::EvalOptions options;
  const auto reference = run(cascade, sizes, inputs, options);
  options.mode = einsum::NumericMode::kBitTrue;
  const auto reports = numeric_reports(cascade, run(cascade, sizes, inputs, options), reference);
  REQUIRE(reports.size() == 3);
  CHECK(reports[0].tensor == "A");
  CHECK(reports[0].max_abs == Approx(std::fabs(1e-5 - static_cast<double>(1e-5F))));
  CHECK(reports[0].max_ulps <= 0.5);
  CHECK_FALSE(reports[0].first_offender);

  const NumericReport& y = reports[1];
  CHECK(y.type == einsum::DataType::kFp16);
  CHECK(y.points == 6);
  CHECK(y.overflows == 1);   // 90000 > 65504
  CHECK(y.underflows == 1);  // 1e-10 < 2^-25
  CHECK(y.nans == 0);
  REQUIRE(y.first_offender);
  CHECK(*y.first_offender == std::vector<std::int64_t>{2});
  // (1 + 2^-10)^2 = 1 + 2^-9 + 2^-20 is off by 2^-20, 2^-10 of a unit; 1e-10 by more of the
  // smallest.
  CHECK(y.max_abs == Approx(0x1p-20).epsilon(1e-3));
  CHECK(y.max_ulps == Approx(1e-10 / 0x1p-24).epsilon(1e-2));
  CHECK(y.rms == Approx(0x1p-20 / std::sqrt(5.0)).epsilon(1e-3));

  const NumericReport& z = reports[2];
  CHECK(z.nans == 1);  // inf - inf
  REQUIRE(z.first_offender);
  CHECK(*z.first_offender == std::vector<std::int64_t>{2});
}

TEST_CASE("points present in one run only are counted and pointed at", "[eval][bit_true]") {
  const auto cascade = cascade_of(R"(
ranks: {K: 2, N: 2}
declaration: {A: [K, N]}
types: {A: int8}
expressions: |
  Y[k, n] = A[k, n]
)");
  const einsum::TensorMap<double> one{{"A", tensor({2, 2}, {1, 2, 3, 4})},
                                      {"Y", tensor({2, 2}, {1, 2, 3, 4}, {1, 1, 1, 0})}};
  const einsum::TensorMap<double> other{{"A", tensor({2, 2}, {1, 2, 3, 200})},
                                        {"Y", tensor({2, 2}, {1, 2, 3, 4}, {1, 1, 0, 0})}};
  const auto reports = numeric_reports(cascade, one, other);
  CHECK(reports[0].overflows == 1);
  CHECK(reports[0].max_ulps == 196);
  CHECK(reports[1].presence == 1);
  CHECK(reports[1].points == 2);
  CHECK(*reports[1].first_offender == std::vector<std::int64_t>{1, 0});
}

}  // namespace einfall::tests
