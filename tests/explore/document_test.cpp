#include "explore/document.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/scratch.hpp"

namespace einfall::explore {
namespace {

TEST_CASE("a cascade is checked at the sizes it gives, though it does not give all", "[document]") {
  // The sum comes back 15 steps later: up to T = 15 there is one pass.
  const tests::Scratch scratch;
  const auto verdict = [&](const std::string& ranks) {
    const std::string path = scratch.write(
        "late.yaml", "einfall: 1\nname: late\nranks: {" + ranks +
                         "}\ndeclaration: {A: [N]}\nexpressions: |\n"
                         "  Y[n, t] = A[n] * (S[t-14] ?? 1)\n  S[t+1] = sum[n](Y[n, t])\n"
                         "expect: {passes: {N: 1}}\n");
    return check_document(path).verdict;
  };
  CHECK(verdict("N: 8, T: 2") == Verdict::kFine);
  CHECK(verdict("N:, T: 2") == Verdict::kFine);
  CHECK(verdict("N:, M: N, T: 2") == Verdict::kFine);
  CHECK(verdict("N: 8, T: 40") == Verdict::kUnmet);
  CHECK(verdict("N:, T: 40") == Verdict::kUnmet);
}

}  // namespace
}  // namespace einfall::explore
