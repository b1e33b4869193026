#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

using einsum::TensorMap;
using Row = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();

TensorMap<double> with_input(const std::string& lines, const Row& a,
                             std::vector<std::uint8_t> present = {}) {
  const auto n = static_cast<std::int64_t>(a.size());
  const auto cascade =
      cascade_of("ranks: {K: " + std::to_string(n) + "}\ndeclaration: {A: [K]}\n" + lines);
  return run(cascade, sizes_of(cascade), {{"A", tensor({n}, a, std::move(present))}});
}

TEST_CASE("an iterative tensor starts at its init and has a final value", "[eval]") {
  const auto out = with_input(
      "init: |\n  S[0] = 100\nexpressions: |\n  S[k+1] = S[k] + A[k]\n  Z = S[K]\n", {1, 2, 3});
  CHECK(out.at("S").values == Row{100, 101, 103, 106});
  CHECK(out.at("S").present.empty());
  CHECK(out.at("Z").values == Row{106});
}

TEST_CASE("where the right side is absent the value is carried", "[eval]") {
  const auto out =
      with_input("init: |\n  S[0] = 0\nexpressions: |\n  S[k+1] = S[k] + A[k]\n  Z = S[K]\n",
                 {1, 2, 4, 8}, {0, 1, 0, 1});
  CHECK(out.at("S").values == Row{0, 0, 2, 2, 10});
  CHECK(out.at("Z").values == Row{10});
}

TEST_CASE("without an init the tensor is absent until its first value", "[eval]") {
  const auto out =
      with_input("expressions: |\n  M[k+1] = max(M[k] ?? A[k], A[k])\n", {3, 9, 5}, {0, 1, 1});
  CHECK(out.at("M").present == std::vector<std::uint8_t>{0, 0, 1, 1});
  CHECK(out.at("M").values == Row{0, 0, 9, 9});
}

TEST_CASE("a write at k+1 without self-dependence shifts and does not carry", "[eval]") {
  const auto out = with_input("expressions: |\n  B[k+1] = 2 * A[k]\n", {1, 2, 3}, {1, 0, 1});
  CHECK(out.at("B").values == Row{0, 2, 0, 6});
  CHECK(out.at("B").present == std::vector<std::uint8_t>{0, 1, 0, 1});
}

TEST_CASE("tensors of one cycle step together", "[eval]") {
  // Fibonacci through a helper that is not iterative itself.
  const auto out = with_input(
      "init: |\n  F[0] = 1\n  G[0] = 0\nexpressions: |\n  N[k] = F[k] + G[k]\n"
      "  G[k+1] = F[k] * A[k]\n  F[k+1] = N[k]\n",
      Row(10, 1));
  CHECK(out.at("F").values == Row{1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89});
}

TEST_CASE("the iterative rank may stand in any position", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {A: 2, K: 3, B: 2}\ndeclaration: {X: [A, K, B]}\n"
      "init: |\n  S[a, 0, b] = 10\nexpressions: |\n"
      "  S[a, k+1, b] = S[a, k, b] + X[a, k, b] where k != 1 or b == 0\n");
  const auto out = run(cascade, sizes_of(cascade),
                       {{"X", tensor({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})}});
  CHECK(out.at("S").values == Row{10, 10, 11, 12, 14, 12, 19, 18, 10, 10, 17, 18, 26, 18, 37, 30});
}

// FuseMax's small cascades: Z = sum(A B) sum(A) in two passes, one pass, and step by step.
TEST_CASE("the two-pass, deferred and iterative forms of a product of sums agree", "[eval]") {
  const Row a = {0.5, -1, 2, 0.25, 3};
  const std::string tail = "  B[k] = A[k] + 1\n";
  const auto two = with_input(
      "expressions: |\n" + tail + "  Y = sum[k](A[k] * B[k])\n  Z = sum[k](Y * A[k])\n", a);
  const auto deferred = with_input("expressions: |\n" + tail +
                                       "  Y = sum[k](A[k] * B[k])\n  X = sum[k](A[k])\n"
                                       "  Z = Y * X\n",
                                   a);
  const auto iterative =
      with_input("expressions: |\n" + tail +
                     "  RY[k+1] = (RY[k] ?? 0) + A[k] * B[k]\n"
                     "  RZ[k+1] = (RZ[k] * (RY[k+1] / RY[k]) ?? 0) + RY[k+1] * A[k]\n"
                     "  Z = RZ[K]\n",
                 a);
  long double y = 0, x = 0;
  for (const double v : a) {
    y += v * (v + 1.0L);
    x += v;
  }
  for (const auto* out : {&two, &deferred, &iterative})
    CHECK(std::abs(out->at("Z").values[0] - y * x) <= 1e-12L * std::abs(y * x));
}

TEST_CASE("started at zero, the iterative product of sums divides by zero", "[eval]") {
  const auto out = with_input(
      "init: |\n  RY[0] = 0\n  RZ[0] = 0\nexpressions: |\n  RY[k+1] = RY[k] + A[k] * A[k]\n"
      "  RZ[k+1] = RZ[k] * (RY[k+1] / RY[k]) + RY[k+1] * A[k]\n  Z = RZ[K]\n",
      {1, 2});
  CHECK(std::isnan(out.at("Z").values[0]));
}

TEST_CASE("a prefix sum may be written with a condition", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 5, I: K}\ndeclaration: {A: [K]}\nexpressions: |\n"
      "  S[i+1] = sum[k](A[k]) where k <= i\n");
  const auto out = run(cascade, sizes_of(cascade), {{"A", tensor({5}, {1, 2, 3, 4, 5})}});
  CHECK(out.at("S").values == Row{0, 1, 3, 6, 10, 15});
  CHECK(out.at("S").present == std::vector<std::uint8_t>{0, 1, 1, 1, 1, 1});
}

constexpr const char* kWindowed =
    "ranks: {P: 9, M: P, M0: 2, M1: ceil(M / M0), W: 3, E: 4}\n"
    "declaration: {Q: [E, P], K: [E, M], V: [M]}\n";

std::string one_pass(const std::string& running, const std::string& sum, const std::string& init) {
  return std::string(kWindowed) + init + "expressions: |\n" +
         "  QK[m1, m0, p] = Q[e, p] * K[e, m1*M0 + m0] where p - W < m1*M0 + m0 <= p\n"
         "  LM[m1, p] = max[m0](QK[m1, m0, p])\n"
         "  RM[m1+1, p] = max(" +
         running +
         ", LM[m1, p])\n"
         "  SLN[m1, m0, p] = exp(QK[m1, m0, p] - RM[m1+1, p])\n"
         "  SLD[m1, p] = SLN[m1, m0, p]\n"
         "  SLNV[m1, p] = SLN[m1, m0, p] * V[m1*M0 + m0]\n"
         "  PRM[m1, p] = exp(RM[m1, p] - RM[m1+1, p])\n"
         "  RD[m1+1, p] = SLD[m1, p] + " +
         sum.substr(0, sum.find('|')) +
         "\n"
         "  RNV[m1+1, p] = SLNV[m1, p] + " +
         sum.substr(sum.find('|') + 1) +
         "\n"
         "  AV[p] = RNV[M1, p] / RD[M1, p]\n";
}

TEST_CASE("leading empty blocks leave NaN in PRM alone, or nowhere in the absent form", "[eval]") {
  const auto with_init =
      cascade_of(one_pass("RM[m1, p]", "RD[m1, p] * PRM[m1, p]|RNV[m1, p] * PRM[m1, p]",
                          "init: |\n  RM[0, p] = -inf\n  RD[0, p] = 0\n  RNV[0, p] = 0\n"));
  const auto absent = cascade_of(one_pass(
      "RM[m1, p] ?? -inf", "(RD[m1, p] * PRM[m1, p] ?? 0)|(RNV[m1, p] * PRM[m1, p] ?? 0)", ""));
  const auto sizes = sizes_of(with_init);
  const TensorMap<double> in = inputs_of(with_init, sizes, 2);
  const auto a = run(with_init, sizes, in), b = run(absent, sizes_of(absent), in);
  CHECK(relative_error(a.at("AV"), b.at("AV")) <= 1e-15);
  const auto nans = [](const einsum::DenseTensor<double>& tensor) {
    int count = 0;
    for (std::size_t i = 0; i < tensor.values.size(); ++i)
      count += tensor.is_present(i) && std::isnan(tensor.values[i]);
    return count;
  };
  CHECK(nans(a.at("PRM")) > 0);
  for (const char* clean : {"RM", "RD", "RNV", "AV"}) CHECK(nans(a.at(clean)) == 0);
  for (const auto& [name, values] : b) CHECK(nans(values) == 0);
  CHECK(a.at("RM").values.front() == -kInf);
}

TEST_CASE("recurrent gated linear attention is the chunked one", "[eval]") {
  const auto recurrent = cascade_of(
      "ranks: {B: 1, H: 2, D: 3, F: 2, N: 8}\nbatch: [B, H]\n"
      "declaration: {Q: [D, N], K: [D, N], V: [F, N], G: [D, N]}\n"
      "init: |\n  S[d, f, 0] = 0\nexpressions: |\n"
      "  S[d, f, n+1] = G[d, n] * S[d, f, n] + K[d, n] * V[f, n]\n"
      "  O[f, n] = Q[d, n] * S[d, f, n+1]\n");
  const auto chunked = shipped_cascade("gla_chunk");
  const auto sizes = sizes_of(chunked, {{"H", 2}, {"D", 3}, {"F", 2}, {"N", 8}, {"L", 3}});
  const TensorMap<double> in = inputs_of(chunked, sizes, 9);
  CHECK(relative_error(run(chunked, sizes, in).at("O"),
                       run(recurrent, sizes_of(recurrent), in).at("O")) <= 1e-12);
}

}  // namespace
}  // namespace einfall::tests
