#include <catch2/catch.hpp>

#include "tests/einsum/analysis/cascade_files.hpp"

/// What masks do to the counts of passes: they are counted for a fibre that is there as a whole,
/// and are upper bounds where no fibre is.
namespace einfall::einsum {
namespace {

using tests::analyzed;
using tests::cascade_from;

struct Counted {
  std::int64_t passes = 0, traversals = 0;
  Certainty certainty = Certainty::kExact;
  bool operator==(const Counted&) const = default;
};

Counted along(const std::string& name, const std::string& text) {
  const Cascade cascade = cascade_from("einfall: 1\nname: masked\n" + text);
  const PassAnalysis analysis = analyzed(cascade);
  for (const AliasPasses& alias : analysis.aliases)
    if (alias.name == name)
      return {alias.passes.passes.constant, alias.passes.traversals.constant,
              certainty(analysis, alias.passes)};
  const RankPasses& rank = analysis.ranks[cascade.find_rank(name)->index()];
  return {rank.passes.constant, rank.traversals.constant, certainty(analysis, rank)};
}

const std::string kBlocks =
    "ranks: {N: 8, C: 2, D: 2}\ndeclaration: {X: [N], B: [C]}\nexpressions: |\n";

TEST_CASE("a block that a mask picks is complete within the block, and read there at once",
          "[analysis]") {
  // Also marked as a lower bound, as M is gone through by C and by N.
  const Counted one{1, 1, Certainty::kAtLeast};
  CHECK(along("N", kBlocks + "  M[c] = max[n](X[n]) where n // 4 == c\n"
                             "  Y[n] = X[n] - M[n // 4]\n") == one);
  CHECK(along("N", kBlocks + "  M[c] = max[n](X[n]) where c == n // 4\n"
                             "  Y[n] = X[n] - M[n // 4]\n") == one);
}

TEST_CASE("what waits for the block's value lives as long as the block", "[analysis]") {
  const Cascade cascade = cascade_from("einfall: 1\nname: masked\n" + kBlocks +
                                       "  M[c] = max[n](X[n]) where n // 4 == c\n"
                                       "  Y[n] = X[n] - M[n // 4]\n");
  const PassAnalysis analysis = analyzed(cascade);
  for (const TensorPasses& row : analysis.tensors)
    if (cascade[row.tensor].name == "X") CHECK(row.window == SizePoly::constant(4));
  CHECK(cascade[analysis.tensors.front().tensor].name == "X");
}

TEST_CASE("other masks that leave no whole fibre make the count an upper bound", "[analysis]") {
  const Counted either{2, 2, Certainty::kAbout}, most{2, 2, Certainty::kAtMost};
  // Another block than the one that is read; classes; prefixes.
  CHECK(along("N", kBlocks + "  M[c] = max[n](X[n]) where n // 4 == c\n"
                             "  Y[n] = X[n] - M[n // 2 % 2]\n") == either);
  CHECK(along("N", kBlocks + "  M[c] = max[n](X[n]) where n % 2 == c\n"
                             "  Y[n] = X[n] - M[n % 2]\n") == either);
  CHECK(along("N", kBlocks + "  M[c] = max[n](X[n]) where n // 4 <= c\n"
                             "  Y[n] = X[n] - M[n // 4]\n") == either);
  // A mask of the reader picks the block.
  CHECK(along("N", kBlocks + "  M[c] = max[n](X[n]) where n // 4 == c\n"
                             "  Y[c, n] = X[n] - M[c] where n // 4 == c\n") == most);
  CHECK(along("N", kBlocks + "  M = max[n](X[n]) where n < 4\n"
                             "  Y[n] = X[n] - M where n >= 4\n") == most);
  // A running sum.
  CHECK(along("N",
              "ranks: {N: 8, K: 8}\nalias: {K: N}\ndeclaration: {X: [N]}\nexpressions: |\n"
              "  S[n] = sum[k](X[k]) where k <= n\n  Y[n] = X[n] - S[n]\n")
            .certainty != Certainty::kExact);
}

TEST_CASE("a mask that leaves a fibre whole leaves its count", "[analysis]") {
  const auto attention = [](const std::string& mask) {
    return along("M",
                 "ranks: {M: 9, P: 9, E: 2}\ndeclaration: {Q: [E, P], K: [E, M], LEN: [], "
                 "ON: [M, P]}\ntypes: {LEN: index, ON: bool}\nexpressions: |\n"
                 "  QK[m, p] = Q[e, p] * K[e, m] where " +
                     mask +
                     "\n"
                     "  GM[p] = max[m](QK[m, p])\n  SN[m, p] = exp(QK[m, p] - GM[p])\n"
                     "  SD[p] = SN[m, p]\n  A[m, p] = SN[m, p] / SD[p]\n");
  };
  const Counted three{3, 3, Certainty::kExact};
  CHECK(attention("m <= p") == three);
  CHECK(attention("m >= p") == three);
  CHECK(attention("m != p + 9") == three);
  // What data masks may be everything.
  CHECK(attention("m < LEN") == three);
  CHECK(attention("ON[m, p]") == three);
  // Of a window no query sees all keys: those it sees may stay in the buffer.
  CHECK(attention("p - 3 < m <= p") == Counted{3, 3, Certainty::kAtMost});
  CHECK(attention("m % 2 == 0") == Counted{3, 3, Certainty::kAtMost});
}

TEST_CASE("a mask beside the barriers does not change what is known of them", "[analysis]") {
  CHECK(along("N", kBlocks + "  M = max[n](X[n])\n  Y[n] = X[n] - M\n"
                             "  Z[n] = Y[n] * 2 where n < 3\n") ==
        Counted{2, 2, Certainty::kExact});
}

TEST_CASE("an upper bound does not confirm a smaller count, and refutes a larger", "[analysis]") {
  const auto found = [&](const std::string& expected) {
    const Cascade cascade = cascade_from("einfall: 1\nname: masked\n" + kBlocks +
                                         "  M = max[n](X[n]) where n < 4\n"
                                         "  Y[n] = X[n] - M where n >= 4\nexpect: {passes: {N: " +
                                         expected + "}}\n");
    return check_expectations(cascade, analyzed(cascade));
  };
  for (const char* open : {"1", "2"}) {
    const base::Diagnostics remarks = found(open);
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].code == "W506");
  }
  const base::Diagnostics three = found("3");
  REQUIRE(three.size() == 1);
  CHECK(three[0].message == "passes of N: found at most 2, expected 3");
}

}  // namespace
}  // namespace einfall::einsum
