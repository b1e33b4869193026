#include <catch2/catch.hpp>

#include "tests/support/evaluation.hpp"

// One row of the presence semantics (language.md 1.1.3) a case. A is present where B is and the
// other way round as {A, B} = {present, absent}: all four combinations at four points.

namespace einfall::tests {
namespace {

using einsum::DenseTensor;
using einsum::TensorMap;

constexpr const char* kFour = "ranks: {K: 4}\n";

/// Evaluates `expressions` with A = 1 2 3 4 (present at 0, 1) and B = 10 20 30 40 (at 0, 2).
TensorMap<double> four(const std::string& expressions) {
  const auto cascade =
      cascade_of(std::string(kFour) + "declaration: {A: [K], B: [K]}\nexpressions: |\n  " +
                 expressions + "\n");
  return run(cascade, sizes_of(cascade),
             {{"A", tensor({4}, {1, 2, 3, 4}, {1, 1, 0, 0})},
              {"B", tensor({4}, {10, 20, 30, 40}, {1, 0, 1, 0})}});
}

/// Present values as given, absent ones as `gone`.
constexpr double kGone = -999;
std::vector<double> seen(const DenseTensor<double>& tensor) {
  std::vector<double> out;
  for (std::size_t i = 0; i < tensor.values.size(); ++i)
    out.push_back(tensor.is_present(i) ? tensor.values[i] : kGone);
  return out;
}

using Row = std::vector<double>;

TEST_CASE("a map is strict in every operand", "[eval]") {
  CHECK(seen(four("Z[k] = A[k] + B[k]").at("Z")) == Row{11, kGone, kGone, kGone});
  CHECK(seen(four("Z[k] = max(A[k], B[k])").at("Z")) == Row{10, kGone, kGone, kGone});
  CHECK(seen(four("Z[k] = select(A[k], 1, B[k])").at("Z")) == Row{1, kGone, kGone, kGone});
  CHECK(seen(four("Z[k] = -A[k]").at("Z")) == Row{-1, -2, kGone, kGone});
}

TEST_CASE("?? replaces absent values and gives every merge", "[eval]") {
  CHECK(seen(four("Z[k] = A[k] ?? 7").at("Z")) == Row{1, 2, 7, 7});
  CHECK(seen(four("Z[k] = A[k] ?? B[k]").at("Z")) == Row{1, 2, 30, kGone});
  CHECK(seen(four("Z[k] = A[k] + (B[k] ?? 0) ?? B[k]").at("Z")) == Row{11, 2, 30, kGone});
  CHECK(seen(four("Z[k] = B[k] where not present(A[k])").at("Z")) == Row{kGone, kGone, 30, kGone});
}

TEST_CASE("?? binds loosest", "[eval]") {
  CHECK(seen(four("Z[k] = A[k] * B[k] ?? 0").at("Z")) == Row{10, 0, 0, 0});
  CHECK(seen(four("Z[k] = A[k] * (B[k] ?? 0)").at("Z")) == Row{10, 0, kGone, kGone});
}

TEST_CASE("a replaced value that is used again keeps its lanes", "[eval]") {
  CHECK(seen(four("Z[k] = ((A[k] ?? B[k]) + (B[k] ?? A[k])) * 2 ?? 5").at("Z")) ==
        Row{22, 8, 120, 5});
}

TEST_CASE("reductions skip absent points, and nothing present is absent", "[eval]") {
  const auto both = four("S = sum[k](A[k])\n  N = sum[k](A[k] * B[k]) where k >= 1");
  CHECK(seen(both.at("S")) == Row{3});
  CHECK(seen(both.at("N")) == Row{kGone});
  CHECK(both.at("N").values == Row{0});  // the fill value
}

TEST_CASE("absent points of an output hold its fill value", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 3}\ndeclaration: {A: [K]}\ntypes: {Z: {fill: 9}}\nexpressions: |\n"
      "  Z[k] = A[k] where k != 1\n");
  const auto out = run(cascade, sizes_of(cascade), {{"A", tensor({3}, {1, 2, 3})}});
  CHECK(out.at("Z").values == Row{1, 9, 3});
  CHECK(seen(out.at("Z")) == Row{1, kGone, 3});
}

TEST_CASE("a coordinate out of range is absent", "[eval]") {
  CHECK(seen(four("Z[k] = A[k+1] ?? -1").at("Z")) == Row{2, -1, -1, -1});
  CHECK(seen(four("Z[k] = A[k-1]").at("Z")) == Row{kGone, 1, 2, kGone});
  CHECK(seen(four("Z[k] = A[3-k] ?? 0").at("Z")) == Row{0, 0, 2, 1});
  CHECK(seen(four("Z[k] = A[2*k] ?? 0").at("Z")) == Row{1, 0, 0, 0});
}

TEST_CASE("a tensor with every point present needs no presence bytes", "[eval]") {
  CHECK(four("Z[k] = A[k] ?? 7").at("Z").present.empty());
  CHECK(four("Z[k] = k + 1").at("Z").present.empty());
}

TEST_CASE("conditions: comparisons, chains, or, not, present", "[eval]") {
  CHECK(seen(four("Z[k] = k where 0 < k <= 2").at("Z")) == Row{kGone, 1, 2, kGone});
  CHECK(seen(four("Z[k] = k where k < 1 or k > 2").at("Z")) == Row{0, kGone, kGone, 3});
  CHECK(seen(four("Z[k] = k where not (k == 1 or k == 2)").at("Z")) == Row{0, kGone, kGone, 3});
  CHECK(seen(four("Z[k] = k where k != 2, k >= 1").at("Z")) == Row{kGone, 1, kGone, 3});
  CHECK(seen(four("Z[k] = k where present(A[k]) or present(B[k])").at("Z")) == Row{0, 1, 2, kGone});
  CHECK(seen(four("Z[k] = k where present(A[k+1])").at("Z")) == Row{0, kGone, kGone, kGone});
  CHECK(seen(four("Z[k] = k where k % 2 == 1").at("Z")) == Row{kGone, 1, kGone, 3});
  CHECK(seen(four("Z[k] = k where (k - 3) // 2 == -1").at("Z")) == Row{kGone, 1, 2, kGone});
}

TEST_CASE("a bool tensor is a condition; where it is absent nothing is known", "[eval]") {
  const auto cascade = [](const char* condition) {
    return cascade_of(std::string("ranks: {K: 4}\ndeclaration: {A: [K], T: [K]}\ntypes: {T: bool}\n"
                                  "expressions: |\n  Z[k] = A[k] where ") +
                      condition + "\n");
  };
  const TensorMap<double> in = {{"A", tensor({4}, {1, 2, 3, 4})},
                                {"T", tensor({4}, {1, 0, 1, 0}, {1, 1, 0, 0})}};
  const auto with = [&](const char* condition) {
    const auto c = cascade(condition);
    return seen(run(c, sizes_of(c), in).at("Z"));
  };
  CHECK(with("T[k]") == Row{1, kGone, kGone, kGone});
  CHECK(with("not T[k]") == Row{kGone, 2, kGone, kGone});
  CHECK(with("T[k] or k == 2") == Row{1, kGone, 3, kGone});
  CHECK(with("not (T[k] and k < 3)") == Row{kGone, 2, kGone, 4});  // known false without T
}

TEST_CASE("a gather reads through an index tensor; an absent or far index is absent", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 5, N: 3}\ndeclaration: {A: [N], X: [K]}\ntypes: {X: index}\n"
      "expressions: |\n  Z[k] = A[X[k]]\n  Y[k] = A[2*X[k] - 1] ?? 50\n"
      "  W[k] = k where X[k] < 2\n  S = sum[k](A[X[k]])\n");
  const auto out = run(
      cascade, sizes_of(cascade),
      {{"A", tensor({3}, {10, 20, 30})}, {"X", tensor({5}, {2, 0, 1, 7, -1e30}, {1, 1, 0, 1, 1})}});
  CHECK(seen(out.at("Z")) == Row{30, 10, kGone, kGone, kGone});
  CHECK(seen(out.at("Y")) == Row{50, 50, 50, 50, 50});
  CHECK(seen(out.at("W")) == Row{kGone, 1, kGone, kGone, 4});
  CHECK(seen(out.at("S")) == Row{40});
}

TEST_CASE("a gather that is out of range in one iteration is there in the next", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {I: 3, J: 100, N: 2, X0: I * J}\ndeclaration: {A: [N, I], X: [X0]}\n"
      "types: {X: index}\nexpressions: |\n  S = sum[i, j](A[X[100*i + j - 100], i])\n"
      "  T[j] = sum[i](A[X[100*i + j - 100], i])\n  Z[i, j] = A[X[100*i + j - 100], i]\n");
  std::vector<double> x(300);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i % 2);
  const TensorMap<double> in = {{"A", tensor({2, 3}, {1, 2, 3, 10, 20, 30})},
                                {"X", tensor({300}, x)}};
  for (const bool shuffle : {false, true}) {
    einsum::EvalOptions options;
    options.shuffle = shuffle;
    const auto out = run(cascade, sizes_of(cascade), in, options);
    CHECK(seen(out.at("S")) == Row{50 * (2 + 20) + 50 * (3 + 30)});
    CHECK(seen(out.at("T")).at(0) == 2 + 3);
    CHECK(seen(out.at("T")).at(99) == 20 + 30);
    CHECK(seen(out.at("Z")).at(99) == kGone);
    CHECK(seen(out.at("Z")).at(100) == 2);
    CHECK(seen(out.at("Z")).at(299) == 30);
  }
}

TEST_CASE("the left side may be a split rank with a partial last block", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {N: 7, L: 3, C: ceil(N / L)}\ndeclaration: {X: [N], O: [N]}\nexpressions: |\n"
      "  Y[c, l] = 2 * X[c*L + l]\n  O[c*L + l] = Y[c, l] + 1\n");
  const auto out = run(cascade, sizes_of(cascade), {{"X", tensor({7}, {0, 1, 2, 3, 4, 5, 6})}});
  CHECK(seen(out.at("Y")) == Row{0, 2, 4, 6, 8, 10, 12, kGone, kGone});
  CHECK(seen(out.at("O")) == Row{1, 3, 5, 7, 9, 11, 13});
}

TEST_CASE("presence is right across the borders of strips", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 2500, N: 2}\ndeclaration: {A: [K]}\nexpressions: |\n"
      "  Z[n, k] = A[k+1] + A[k-1] where k != 1024, k < 2400 or n == 1\n"
      "  S[n] = sum[k](1) where 1000 <= k + n < 2050\n");
  einsum::DenseTensor<double> a{{2500}, std::vector<double>(2500), {}};
  for (std::size_t k = 0; k < 2500; ++k) a.values[k] = static_cast<double>(k);
  const auto out = run(cascade, sizes_of(cascade), {{"A", a}});
  const Values<double> z(out.at("Z"));
  int wrong = 0;
  for (int n = 0; n < 2; ++n)
    for (int k = 0; k < 2500; ++k) {
      const bool there = k >= 1 && k <= 2498 && k != 1024 && (k < 2400 || n == 1);
      wrong += z.present(n, k) != there || (there && z(n, k) != 2 * k);
    }
  CHECK(wrong == 0);
  CHECK(out.at("S").values == Row{1050, 1050});
}

}  // namespace
}  // namespace einfall::tests
