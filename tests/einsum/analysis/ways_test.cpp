#include <catch2/catch.hpp>

#include "einsum/analysis/passes.hpp"
#include "tests/support/load.hpp"

namespace einfall::einsum {
namespace {

PassAnalysis analyzed(const Cascade& cascade) {
  const auto analysis = analyze_passes(cascade);
  if (!analysis) FAIL(base::render(analysis.error()));
  return *analysis;
}

const RankPasses& along(const Cascade& cascade, const PassAnalysis& analysis, const char* rank) {
  return analysis.ranks[cascade.find_rank(rank)->index()];
}

Cascade over(const std::string& expressions) {
  return tests::cascade_from(
      "einfall: 1\nranks: {M: 8, N: 16, M1: 4, M0: 4, H: 8, K: 4, G: 2}\n"
      "declaration: {X: [M], B: [M1, M0], V: [K, M]}\nexpressions: |\n" +
      expressions);
}

TEST_CASE("a quotient is a way through the rank of its variable", "[analysis]") {
  const auto is_bound = [](const std::string& expressions, const char* rank) {
    const Cascade cascade = over(expressions);
    const PassAnalysis analysis = analyzed(cascade);
    return certainty(analysis, analysis.ranks[cascade.find_rank(rank)->index()]) ==
           Certainty::kAtLeast;
  };
  for (const char* rank : {"M", "N"})
    CHECK(is_bound("  G = max[m](X[m])\n  Y[n] = X[n // 2] / G\n", rank));
  for (const char* rank : {"N", "M1", "M0"})
    CHECK(is_bound("  S = sum[n](B[n // 4, n % 4])\n  Y[m1, m0] = B[m1, m0] / S\n", rank));
  CHECK(
      is_bound("  S[h] = sum[m](X[m] * V[h // G, m])\n  D = max[h](S[h])\n"
               "  Y[k, m] = V[k, m] * D\n",
               "K"));
  // One way alone, or a window of it, is counted.
  CHECK_FALSE(is_bound("  Y[n] = X[n // 2]\n  Z[n] = X[n // 2 + 1] * Y[n]\n", "N"));
  CHECK_FALSE(is_bound("  Y[m] = X[m] * X[m // 2 * 2]\n", "M"));
}

TEST_CASE("the value of a block is handed over to the elements of the block", "[analysis]") {
  for (const char* last : {"  Y[c] = X[c] - U[c // R]\n", "  Y[g, r] = X[g*R + r] - U[g]\n"}) {
    const Cascade cascade = tests::cascade_from(
        std::string("einfall: 1\nranks: {C: 8, G: 2, R: 4}\ndeclaration: {X: [C]}\n"
                    "expressions: |\n  U[g] = sum[r](X[g*R + r])\n") +
        last);
    const PassAnalysis analysis = analyzed(cascade);
    CHECK(analysis.recuts.empty());
    REQUIRE(analysis.splits.size() == 1);
    CHECK(analysis.splits.front().fine == SymbolicCount(1));
    CHECK(along(cascade, analysis, "G").passes == 1);
    CHECK(along(cascade, analysis, "R").passes == 2);
  }
}

}  // namespace
}  // namespace einfall::einsum
