#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

using einsum::TensorMap;
using Row = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Z[k] of an expression in A[k] and B[k], and in the scalar C.
Row map(const std::string& expression, const Row& a, const Row& b = Row{0}) {
  const auto n = std::to_string(a.size());
  const auto cascade =
      cascade_of("ranks: {K: " + n +
                 "}\nparams: {five: 5}\ndeclaration: {A: [K], B: [K], C: []}\nexpressions: |\n"
                 "  Z[k] = " +
                 expression + "\n  U = C + sum[k](A[k] * B[k])\n");
  Row second = b;
  second.resize(a.size(), b.front());
  const auto size = static_cast<std::int64_t>(a.size());
  return run(cascade, sizes_of(cascade),
             {{"A", tensor({size}, a)}, {"B", tensor({size}, second)}, {"C", tensor({}, {3})}})
      .at("Z")
      .values;
}

/// Compares with a function of double, NaN equal to NaN.
void check_unary(const std::string& name, double (*expected)(double)) {
  INFO(name);
  const Row x = {-2.5, -1, -0.5, 0, 0.5, 1, 1.5, 2.5, 20};
  const Row got = map(name + "(A[k])", x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO(x[i]);
    const double want = expected(x[i]);
    CHECK(((std::isnan(want) && std::isnan(got[i])) || got[i] == want ||
           std::abs(got[i] - want) <= 4e-16 * std::abs(want)));
  }
}

TEST_CASE("every built-in of one argument is its function", "[eval]") {
  check_unary("exp", [](double x) { return std::exp(x); });
  check_unary("exp2", [](double x) { return std::exp2(x); });
  check_unary("expm1", [](double x) { return std::expm1(x); });
  check_unary("log", [](double x) { return std::log(x); });
  check_unary("log1p", [](double x) { return std::log1p(x); });
  check_unary("log2", [](double x) { return std::log2(x); });
  check_unary("sqrt", [](double x) { return std::sqrt(x); });
  check_unary("rsqrt", [](double x) { return 1 / std::sqrt(x); });
  check_unary("abs", [](double x) { return std::fabs(x); });
  check_unary("sign", [](double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : 0.0); });
  check_unary("sq", [](double x) { return x * x; });
  check_unary("tanh", [](double x) { return std::tanh(x); });
  check_unary("sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); });
  check_unary("relu", [](double x) { return x > 0 ? x : 0.0; });
  check_unary("silu", [](double x) { return x / (1 + std::exp(-x)); });
  check_unary("erf", [](double x) { return std::erf(x); });
  check_unary("floor", [](double x) { return std::floor(x); });
}

TEST_CASE("round goes to the even neighbour", "[eval]") {
  CHECK(map("round(A[k])", {-2.5, -1.5, -0.4, 0.5, 1.5, 2.6}) == Row{-2, -2, 0, 0, 2, 3});
}

TEST_CASE("every operator works on vectors and scalars from either side", "[eval]") {
  const Row a = {6, -2, 0.5};
  CHECK(map("A[k] + B[k]", a, {1, 2, 4}) == Row{7, 0, 4.5});
  CHECK(map("A[k] - B[k]", a, {1, 2, 4}) == Row{5, -4, -3.5});
  CHECK(map("A[k] * B[k]", a, {1, 2, 4}) == Row{6, -4, 2});
  CHECK(map("A[k] / B[k]", a, {1, 2, 4}) == Row{6, -1, 0.125});
  CHECK(map("A[k] - C", a) == Row{3, -5, -2.5});
  CHECK(map("C - A[k]", a) == Row{-3, 5, 2.5});
  CHECK(map("C / A[k]", a) == Row{0.5, -1.5, 6});
  CHECK(map("C * C - five", a) == Row{4, 4, 4});
  CHECK(map("-A[k] + |K|", a) == Row{-3, 5, 2.5});
  CHECK(map("k * 10 + 2 * five", a) == Row{10, 20, 30});
}

TEST_CASE("built-ins of two and three arguments", "[eval]") {
  const Row a = {1, 2, 3}, b = {3, 2, 1};
  CHECK(map("max(A[k], B[k])", a, b) == Row{3, 2, 3});
  CHECK(map("min(A[k], B[k])", a, b) == Row{1, 2, 1});
  CHECK(map("max(A[k], B[k], 2.5, C)", a, b) == Row{3, 3, 3});
  CHECK(map("min(A[k], 2, B[k])", a, b) == Row{1, 2, 1});
  CHECK(map("pow(A[k], B[k])", a, b) == Row{1, 4, 3});
  CHECK(map("select(A[k] - 2, B[k], 10)", a, b) == Row{3, 10, 1});
  CHECK(map("eq(A[k], B[k])", a, b) == Row{0, 1, 0});
  CHECK(map("ne(A[k], B[k])", a, b) == Row{1, 0, 1});
  CHECK(map("lt(A[k], B[k])", a, b) == Row{1, 0, 0});
  CHECK(map("le(A[k], B[k])", a, b) == Row{1, 1, 0});
  CHECK(map("gt(A[k], B[k])", a, b) == Row{0, 0, 1});
  CHECK(map("ge(A[k], B[k])", a, b) == Row{0, 1, 1});
}

TEST_CASE("max and min hand NaN on from either side", "[eval]") {
  for (const char* call : {"max(A[k], B[k])", "min(A[k], B[k])"}) {
    const Row out = map(call, {kNan, 1}, {1, kNan});
    CHECK(std::isnan(out[0]));
    CHECK(std::isnan(out[1]));
  }
}

TEST_CASE("convert rounds to the type, ties to even", "[eval]") {
  CHECK(map("convert_bf16(A[k])", {1, 1.00390625, 1.01171875, 3.4e38, -kInf}) ==
        Row{1, 1, 1.015625, kInf, -kInf});
  CHECK(map("convert_fp16(A[k])", {1.00048828125, 65519, 65520, 5.9604644775390625e-8}) ==
        Row{1, 65504, kInf, 5.9604644775390625e-8});
  CHECK(map("convert_fp32(A[k])", {0.1, 16777217}) == Row{static_cast<double>(0.1F), 16777216});
  CHECK(map("convert_int8(A[k])", {1.5, 2.5, 200, -200}) == Row{2, 2, 127, -128});
  CHECK(map("convert_int4(A[k])", {6.6, 9, -9}) == Row{7, 7, -8});
  CHECK(map("convert_bool(A[k])", {0, 0.5, -3}) == Row{0, 1, 1});
}

/// The reductions of X[i, k] over k, written with i and with k innermost, so that strips run along
/// either.
TensorMap<double> reduced(const std::string& op, std::int64_t rows, std::int64_t columns,
                          const Row& values) {
  const auto cascade =
      cascade_of("ranks: {I: " + std::to_string(rows) + ", K: " + std::to_string(columns) +
                 "}\ndeclaration: {X: [I, K]}\nexpressions: |\n"
                 "  XT[k, i] = X[i, k]\n"
                 "  Y[i] = " +
                 op + "[k](X[i, k])\n  Z[i] = " + op + "[k](XT[k, i])\n");
  return run(cascade, sizes_of(cascade), {{"X", tensor({rows, columns}, values)}});
}

TEST_CASE("every reduction, along the strip and across it", "[eval]") {
  const auto check = [](const std::string& op, const Row& values, const Row& expected) {
    INFO(op);
    const auto out = reduced(op, 2, 3, values);
    CHECK(out.at("Y").values == expected);
    CHECK(out.at("Z").values == expected);
  };
  check("sum", {1, 2, 3, 4, 5, 6}, {6, 15});
  check("prod", {1, 2, 3, 4, 5, 6}, {6, 120});
  check("max", {1, 3, 2, -4, -6, -5}, {3, -4});
  check("min", {1, 3, 2, -4, -6, -5}, {1, -6});
  check("any", {0, 0, 0, 0, 2, 0}, {0, 1});
  check("all", {1, 2, 3, 4, 0, 6}, {1, 0});
}

TEST_CASE("long reductions use every lane once", "[eval]") {
  constexpr std::int64_t kLong = 3001;  // some strips, and a rest that fills no vector
  Row values(2 * kLong);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 17) - 5;
  for (const std::string op : {"sum", "max", "min"}) {
    const auto out = reduced(op, 2, kLong, values);
    for (std::size_t row = 0; row < 2; ++row) {
      double expected = values[row * kLong];
      for (std::size_t i = 1; i < kLong; ++i) {
        const double x = values[row * kLong + i];
        expected = op == "sum" ? expected + x
                               : (op == "max" ? std::max(expected, x) : std::min(expected, x));
      }
      CHECK(out.at("Y").values[row] == expected);
      CHECK(out.at("Z").values[row] == expected);
    }
  }
}

TEST_CASE("argmax and argmin give the lower coordinate of equals", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {I: 2, K: 4}\ndeclaration: {X: [I, K]}\nexpressions: |\n"
      "  H[i] = argmax[k](X[i, k])\n  L[i] = argmin[k](X[i, k])\n"
      "  F = argmax[i, k](X[i, k])\n  N[i] = argmax[k](X[i, k]) where k > 2, i == 1\n");
  const auto out =
      run(cascade, sizes_of(cascade), {{"X", tensor({2, 4}, {1, 7, 7, 1, 5, 0, 0, 9})}});
  CHECK(out.at("H").values == Row{1, 3});
  CHECK(out.at("L").values == Row{0, 1});
  CHECK(out.at("F").values == Row{7});
  CHECK_FALSE(out.at("N").is_present(0));
  CHECK(out.at("N").values[1] == 3);
}

TEST_CASE("topk and argtopk rank the kept, with an absent tail", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {P: 3, K: 5, J: 3}\ndeclaration: {X: [K]}\nexpressions: |\n"
      "  T[j, p] = topk[k -> j](X[k]) where k <= p\n"
      "  B[j, p] = argtopk[k -> j](X[k]) where k <= p\n"
      "  A[j] = argtopk[k -> j](X[k])\n");
  const auto out = run(cascade, sizes_of(cascade), {{"X", tensor({5}, {4, kNan, 8, 4, 8})}});
  CHECK(out.at("A").values == Row{2, 4, 0});
  const Values<double> top(out.at("T")), at(out.at("B"));
  CHECK(top(0, 0) == 4);
  CHECK_FALSE(top.present(1, 0));
  CHECK(at(0, 1) == 0);
  CHECK(at(1, 1) == 1);  // NaN ranks last, but it is a present value
  CHECK(std::isnan(top(1, 1)));
  CHECK_FALSE(at.present(2, 1));
  CHECK(at(0, 2) == 2);
  CHECK(at(1, 2) == 0);
  CHECK(at(2, 2) == 1);
}

}  // namespace
}  // namespace einfall::tests
