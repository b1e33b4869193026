#include <algorithm>

#include "einsum/analysis/splits.hpp"
#include "tests/einsum/analysis/cascade_files.hpp"

namespace einfall::einsum {
namespace {

using tests::analyzed;
using tests::cascade_from;
using tests::load_shipped;

const RankPasses& rank(const Cascade& cascade, const PassAnalysis& analysis, const char* name) {
  return analysis.ranks[cascade.find_rank(name)->index()];
}

const TensorPasses& tensor(const Cascade& cascade, const PassAnalysis& analysis, const char* name,
                           const char* along) {
  for (const TensorPasses& row : analysis.tensors)
    if (cascade[row.tensor].name == name && cascade[row.rank].name == along) return row;
  FAIL("no row for " << name << " along " << along);
  return analysis.tensors.front();
}

std::string crossing_text(const Cascade& cascade, const RankPasses& rank) {
  std::string all;
  for (const Crossing& c : rank.crossing)
    all += cascade[c.tensor].name + " " + text(cascade, c.from) + "->" + text(cascade, c.to) + ";";
  return all;
}

std::string chain_text(const Cascade& cascade, const std::vector<ChainLink>& chain) {
  std::string all;
  for (const ChainLink& link : chain)
    all += text(cascade, link.pass) + ": " + cascade[link.einsum].name + " after " +
           cascade[link.waits_for].name + " (" + link.kind + (link.each_step ? ", each step" : "") +
           ");";
  return all;
}

TEST_CASE("three-pass attention: scores and exponentials cross, maximum and sum are the barriers",
          "[analysis]") {
  const Cascade cascade = load_shipped("04_attention_3pass");
  const PassAnalysis analysis = analyzed(cascade);
  const RankPasses& m = rank(cascade, analysis, "M");
  CHECK(crossing_text(cascade, m) == "QK 1->2;SN 2->3;");
  CHECK(chain_text(cascade, m.chain) == "2: SN after GM (reduce max);3: A after SD (reduce sum);");
  REQUIRE(m.set_by);
  CHECK(cascade[*m.set_by].name == "K");
  CHECK(tensor(cascade, analysis, "K", "M").passes == SymbolicCount(3));
  CHECK(tensor(cascade, analysis, "V", "M").passes == SymbolicCount(1));
  CHECK(m.chain[0].span.line == 9);  // SN in the file
  CHECK(m.chain[1].span.line == 11);
}

TEST_CASE("a tensor handed over inside one pass needs one element, a crossing one its fibre",
          "[analysis]") {
  const Cascade cascade = load_shipped("05_attention_deferred");
  const PassAnalysis analysis = analyzed(cascade);
  const TensorPasses& qk = tensor(cascade, analysis, "QK", "M");
  CHECK(qk.whole_fiber);
  REQUIRE(qk.produced);
  CHECK(*qk.produced == SymbolicCount(1));
  CHECK(qk.read == std::vector<SymbolicCount>{1, 2});
  const TensorPasses& sn = tensor(cascade, analysis, "SN", "M");
  CHECK_FALSE(sn.whole_fiber);
  CHECK(sn.window == SizePoly::constant(1));
}

TEST_CASE("carried state of one-pass attention is one slice along M1", "[analysis]") {
  const Cascade cascade = load_shipped("07_attention_1pass");
  const PassAnalysis analysis = analyzed(cascade);
  for (const char* name : {"RM", "RD", "RNV"}) {
    const TensorPasses& state = tensor(cascade, analysis, name, "M1");
    CHECK_FALSE(state.whole_fiber);
    CHECK(state.produced == SymbolicCount(1));
  }
}

TEST_CASE("a wait that began further up is named with what it came through", "[analysis]") {
  const Cascade cascade = load_shipped("07_attention_1pass");
  const PassAnalysis analysis = analyzed(cascade);
  CHECK(chain_text(cascade, rank(cascade, analysis, "M0").chain) ==
        "2: SLN after RM (through RM: reduce max);");
}

TEST_CASE("fine and coarse passes add up to the passes of the outer part", "[analysis]") {
  const Cascade two = load_shipped("06_attention_2pass");
  const PassAnalysis analysis = analyzed(two);
  REQUIRE(analysis.splits.size() == 1);
  CHECK(analysis.splits[0].fine == SymbolicCount(2));
  CHECK(analysis.splits[0].coarse == SymbolicCount(1));
  const Cascade split = load_shipped("08_splitk");
  const PassAnalysis decode = analyzed(split);
  REQUIRE(decode.splits.size() == 1);
  CHECK(decode.splits[0].coarse == SymbolicCount(1));
}

TEST_CASE("three parts of a rank are one split", "[analysis]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {M2: 2, M1: 2, M0: 2, M: 8}\ndeclaration: {X: [M]}\n"
      "expressions: |\n"
      "  Y[m2, m1, m0] = X[m2*M1*M0 + m1*M0 + m0]\n"
      "  L[m2]         = Y[m2, m1, m0]\n"
      "  G             = max[m2](L[m2])\n"
      "  Z[m2, m1, m0] = Y[m2, m1, m0] / G\n"
      "expect: {fine: {M2+M1+M0: 2}}\n");
  const PassAnalysis analysis = analyzed(cascade);
  CHECK(check_expectations(cascade, analysis).empty());
  REQUIRE(analysis.splits.size() == 1);
  CHECK(analysis.splits[0].parts.size() == 3);
}

TEST_CASE("gathered keys are visited in part", "[analysis]") {
  const Cascade cascade = load_shipped("28_quest");
  const PassAnalysis analysis = analyzed(cascade);
  CHECK(tensor(cascade, analysis, "K", "M").partial == "J*M0/M");
  CHECK(tensor(cascade, analysis, "K", "M1").passes == SymbolicCount(1));
  CHECK(tensor(cascade, analysis, "K", "M1").partial.empty());
}

TEST_CASE("a point gather visits one element of the rank", "[analysis]") {
  const Cascade cascade = load_shipped("15_cross_entropy");
  CHECK(tensor(cascade, analyzed(cascade), "X", "N").partial == "1/N");
}

TEST_CASE("the decoder layer: Y sets the passes of D through the residual, X needs 2",
          "[analysis]") {
  const Cascade cascade = load_shipped("31_decoder_layer");
  const PassAnalysis analysis = analyzed(cascade);
  CHECK(cascade.einsums.size() == 21);
  const RankPasses& d = rank(cascade, analysis, "D");
  REQUIRE(d.set_by);
  CHECK(cascade[*d.set_by].name == "Y");
  CHECK(tensor(cascade, analysis, "X", "D").passes == SymbolicCount(2));
  CHECK(cascade[*rank(cascade, analysis, "M").set_by].name == "X");
}

TEST_CASE("passes and traversals differ where no tensor is touched twice", "[analysis]") {
  const Cascade once = cascade_from(
      "einfall: 1\nranks: {N: 4}\ndeclaration: {A: [N], B: [N]}\nexpressions: |\n"
      "  Y = A[n]\n  Z = Y * B[n]\nexpect: {passes: {N: 1}, traversals: {N: 2}}\n");
  CHECK(check_expectations(once, analyzed(once)).empty());
  const Cascade twice = cascade_from(
      "einfall: 1\nranks: {N: 4}\ndeclaration: {A: [N], B: [N]}\nexpressions: |\n"
      "  Y = A[n]\n  Z = Y * B[n]\n  W = Z * A[n]\n"
      "expect: {passes: {N: 2}, traversals: {N: 3}}\n");
  const PassAnalysis analysis = analyzed(twice);
  CHECK(check_expectations(twice, analysis).empty());
  CHECK(tensor(twice, analysis, "A", "N").passes == SymbolicCount(2));
  CHECK(tensor(twice, analysis, "B", "N").passes == SymbolicCount(1));
}

TEST_CASE("the interlock needs a third sweep, Flowformer's ranks do not exclude each other",
          "[analysis]") {
  const Cascade lock = load_shipped("30_interlock");
  const PassAnalysis analysis = analyzed(lock);
  REQUIRE(analysis.joint);
  CHECK(analysis.joint->separate == 2);
  CHECK(analysis.joint->sweeps == 3);
  CHECK(analysis.joint->exact);
  const Cascade flow = load_shipped("19_flow_attention_deferred");
  const auto joint = joint_sweeps(flow, {*flow.find_rank("M"), *flow.find_rank("P")});
  REQUIRE(joint);
  CHECK(joint->sweeps == 4);
  CHECK(joint->exact);
}

TEST_CASE("an interlock inside a shared rank is found, and one through a scalar", "[analysis]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {M: 4, P: 4, H: 2}\ndeclaration: {X: [H, M], Y: [H, P]}\n"
      "expressions: |\n"
      "  A[h] = X[h, m]\n  B[h] = Y[h, p]\n  C[h] = B[h] + 1\n"
      "  U[h] = X[h, m] * C[h]\n  W[h] = Y[h, p] * A[h]\n"
      "expect: {joint: {M+P: 3, M+P+H: 4}, traversals: {M: 1, P: 1, H: 1}}\n");
  CHECK(check_expectations(cascade, analyzed(cascade)).empty());
}

TEST_CASE("joint sweeps of a growing rank are E504", "[analysis]") {
  const Cascade cascade = load_shipped("21_sparsemax_bisection");
  const PassAnalysis analysis = analyzed(cascade);
  CHECK_FALSE(analysis.joint);
  const auto joint = joint_sweeps(cascade, {*cascade.find_rank("N")});
  REQUIRE_FALSE(joint);
  CHECK(joint.error().front().code == "E504");
}

TEST_CASE("bisection: the chain names the barrier of every step once", "[analysis]") {
  const Cascade cascade = load_shipped("21_sparsemax_bisection");
  const PassAnalysis analysis = analyzed(cascade);
  const RankPasses& n = rank(cascade, analysis, "N");
  const std::string chain = chain_text(cascade, n.chain);
  INFO(chain);
  CHECK(chain.find("F after") != std::string::npos);
  CHECK(chain.find("each step") != std::string::npos);
  CHECK(std::count_if(n.chain.begin(), n.chain.end(),
                      [](const ChainLink& link) { return link.each_step; }) == 1);
  CHECK(text(cascade, n.passes) == "T+2");
  CHECK(n.passes.at({{8, 10}}) == 12);
}

TEST_CASE("names of one rank count together where an alias says so", "[analysis]") {
  const Cascade cascade = load_shipped("u09_self_attention_alias");
  const PassAnalysis analysis = analyzed(cascade);
  REQUIRE(analysis.aliases.size() == 1);
  CHECK(analysis.aliases[0].name == "N");
  CHECK(analysis.aliases[0].members.size() == 3);
  CHECK(analysis.aliases[0].passes.traversals == SymbolicCount(5));
}

TEST_CASE("rows written, columns read: no stream along a rank used twice", "[analysis]") {
  const auto traversals = [](const std::string& read) {
    const Cascade cascade = cascade_from(
        "einfall: 1\nranks: {N: 4}\nvars: {i: N, j: N}\ndeclaration: {X: [N, N]}\n"
        "expressions: |\n  Y[i, j] = X[i, j]\n  Z[i, j] = " +
        read + "\n");
    return analyzed(cascade).ranks[0].traversals;
  };
  CHECK(traversals("Y[i, j]") == SymbolicCount(1));
  CHECK(traversals("Y[j, i]") == SymbolicCount(2));
}

TEST_CASE("a look-back by a bounded index streams with a window", "[analysis]") {
  const Cascade cascade = load_shipped("u10_conv_then_norm");
  const PassAnalysis analysis = analyzed(cascade);
  const TensorPasses& u = tensor(cascade, analysis, "U", "N");
  CHECK_FALSE(u.whole_fiber);
  CHECK(u.window == SizePoly::size(*cascade.find_rank("K")));
}

TEST_CASE("looking ahead by a constant keeps the sweep and widens the window", "[analysis]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {N: 8}\ndeclaration: {X: [N]}\nexpressions: |\n"
      "  U[n] = X[n] * 2\n  Y[n] = U[n] + U[n+2]   where n + 2 < |N|\n"
      "expect: {traversals: {N: 1}}\n");
  const PassAnalysis analysis = analyzed(cascade);
  CHECK(check_expectations(cascade, analysis).empty());
  CHECK(tensor(cascade, analysis, "U", "N").window == SizePoly::constant(3));
}

TEST_CASE("a reversed read waits for the whole rank", "[analysis]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {N: 8}\ndeclaration: {X: [N]}\nexpressions: |\n"
      "  U[n] = X[n] * 2\n  Y[n] = U[N - 1 - n]\nexpect: {traversals: {N: 2}}\n");
  CHECK(check_expectations(cascade, analyzed(cascade)).empty());
}

TEST_CASE("a recurrence two steps back grows by half a pass a step, given as an upper bound",
          "[analysis]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {N: 8, T: 6}\ndeclaration: {A: [N]}\n"
      "init: |\n  S[0] = 1\n"
      "expressions: |\n"
      "  Y[n, t] = A[n] * (S[t-1] ?? 0)\n  S[t+1] = Y[n, t]\n");
  const PassAnalysis analysis = analyzed(cascade);
  const SymbolicCount& passes = analysis.ranks[cascade.find_rank("N")->index()].passes;
  INFO(text(cascade, passes));
  CHECK(passes.at_most);
  CHECK(passes.growth_along(*cascade.find_rank("T")) == 1);
}

TEST_CASE("a value that is shifted by a step is not there in the first", "[analysis]") {
  const auto traversals = [](int steps) {
    const Cascade cascade = cascade_from(
        "einfall: 1\nranks: {N: 8, T: " + std::to_string(steps) +
        "}\ndeclaration: {A: [N], B: [N]}\ninit: |\n  W[0] = 1\n"
        "expressions: |\n  S[t] = sum[n](A[n])\n  W[t+1] = S[t]\n  X[t, n] = B[n] * W[t]\n"
        "  Z[n] = X[T-1, n]\n");
    const PassAnalysis analysis = analyzed(cascade);
    return rank(cascade, analysis, "N").traversals.at(analysis.sizes);
  };
  CHECK(traversals(1) == 1);
  CHECK(traversals(2) == 2);
  CHECK(traversals(9) == 2);
}

TEST_CASE("an input that each step reads a slice of is visited once", "[analysis]") {
  const auto counts = [](const std::string& input) {
    const Cascade cascade = cascade_from(
        "einfall: 1\nranks: {N: 8, T: 4}\ndeclaration: {D: [T, N]}\ninit: |\n  S[0] = 1\n"
        "expressions: |\n  S[t+1] = sum[n](" +
        input + " * S[t])\n  Z = S[T]\n");
    const PassAnalysis analysis = analyzed(cascade);
    const RankPasses& n = rank(cascade, analysis, "N");
    return text(cascade, n.passes) + " " + text(cascade, n.traversals);
  };
  CHECK(counts("D[t, n]") == "1 T");
  CHECK(counts("D[0, n]") == "T T");
  CHECK(counts("D[t, n] * D[T-1, n]") == "T T");
}

TEST_CASE("ranks without a size do not change what the others have", "[analysis]") {
  // The sum comes back 15 steps later: up to T = 15 there is one pass.
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {N: , T: 2}\ndeclaration: {A: [N]}\n"
      "expressions: |\n  Y[n, t] = A[n] * (S[t-14] ?? 1)\n  S[t+1] = sum[n](Y[n, t])\n"
      "expect: {passes: {N: 1}, joint: {N+T: 2}}\n");
  const PassAnalysis analysis = analyzed(cascade);
  CHECK(analysis.sizes[*cascade.find_rank("T")] == 2);
  CHECK(check_expectations(cascade, analysis).empty());
  const Sizes longer = sizes_for_passes(cascade, {{"T", 40}});
  const auto more = analyze_passes(cascade, longer);
  REQUIRE(more);
  CHECK(rank(cascade, *more, "N").passes.at(longer) == 3);
  CHECK(check_expectations(cascade, *more).size() == 2);
}

TEST_CASE("a block that needs only itself is no barrier", "[analysis]") {
  const auto counts = [](const std::string& index) {
    const Cascade cascade = cascade_from(
        "einfall: 1\nranks: {N: 24}\ndeclaration: {X: [N]}\n"
        "expressions: |\n  A[n] = exp(X[n])\n  Y[n] = X[n] * A[" +
        index + "]\n");
    const PassAnalysis analysis = analyzed(cascade);
    CHECK(analysis.recuts.empty());
    return rank(cascade, analysis, "N").passes;
  };
  for (const char* local : {"n // 4 * 4", "n - n % 4", "n // 4 * 4 + 3 - n % 4", "n // 4 * 4 + 1"})
    CHECK(counts(local) == SymbolicCount(1));
  // All of it, backwards.
  CHECK(counts("n // N * N + N - 1 - n % N") == SymbolicCount(2));
}

TEST_CASE("steps that no output needs are not counted", "[analysis]") {
  const auto passes = [](const std::string& taken) {
    const Cascade cascade = cascade_from(
        "einfall: 1\nranks: {T: 4, M: 12}\ndeclaration: {X: [M]}\ninit: 'W[0] = 1'\n"
        "expressions: |\n  W[t+1] = sum[m](X[m] * W[t])\n  Y[m] = X[m] * W[" +
        taken + "]\n");
    return rank(cascade, analyzed(cascade), "M").passes;
  };
  CHECK(passes("0") == SymbolicCount(1));
  CHECK(passes("2") == SymbolicCount(3));
  CHECK(passes("7 // 3") == SymbolicCount(3));
  CHECK(passes("4").at(Sizes{{4, 12}}) == 5);
  // T//2 and T%3 do not grow evenly: exact for the declared size.
  CHECK(passes("T // 2").at(Sizes{{4, 12}}) == 3);
  CHECK(passes("T % 3").at(Sizes{{4, 12}}) == 2);
  CHECK(passes("T // 2").at_most);
}

TEST_CASE("a step that reads before the beginning visits nothing", "[analysis]") {
  // With one step A0 reads D[-2], which is no slice of D; Z0 goes through D[0] alone.
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {N: 6, T: 1}\ndeclaration: {C: [N], D: [T, N]}\nexpressions: |\n"
      "  A0[t, n] = C[n] * D[t-2, n]\n  A2[t] = sum[n](A0[t, n])\n"
      "  Z0[n] = sum[t](D[t, n] * A2[T-1])\n");
  CHECK(rank(cascade, analyzed(cascade), "N").passes.at(analyzed(cascade).sizes) == 1);
}

// Documents over M, its splits (M1, M0) and (N1, N0), and a third of three parts.
Cascade recut_cascade(const std::string& expressions, const std::string& more = "") {
  return cascade_from(
      "einfall: 1\nranks: {M: 24, M0: 3, M1: M / M0, N0: 4, N1: M / N0, K0: 2, K1: 3, K2: 4, Q: 20,"
      " S: 5}\ndeclaration: {A: [M], B: [M], C: [M1]}\nexpressions: |\n" +
      expressions + more);
}

struct RankCounts {
  std::string rank;
  std::int64_t passes, traversals;
};

void check_counts(const Cascade& cascade, const std::vector<RankCounts>& expected) {
  const PassAnalysis analysis = analyzed(cascade);
  CHECK(analysis.recuts.empty());
  for (const RankCounts& counts : expected) {
    INFO(counts.rank);
    CHECK(rank(cascade, analysis, counts.rank.c_str()).passes == counts.passes);
    CHECK(rank(cascade, analysis, counts.rank.c_str()).traversals == counts.traversals);
  }
}

TEST_CASE("ways through one rank are counted together", "[analysis]") {
  const Cascade after = recut_cascade("  S = sum[m](A[m])\n  Z[m1, m0] = A[m1*M0 + m0] / S\n");
  check_counts(after, {{"M", 2, 2}, {"M1", 2, 2}, {"M0", 2, 2}});
  CHECK(analyzed(after).splits.front().fine == SymbolicCount(2));
  CHECK(analyzed(after).splits.front().coarse == SymbolicCount(0));
  CHECK(rank(after, analyzed(after), "M").chain.size() == 1);
  check_counts(recut_cascade("  S = sum[m1, m0](A[m1*M0 + m0])\n"
                             "  Z[n1, n0] = A[n1*N0 + n0] * S\n"),
               {{"M", 2, 2}, {"M1", 2, 2}, {"N1", 2, 2}, {"N0", 2, 2}});
  check_counts(recut_cascade("  S = sum[m](A[m])\n"
                             "  Z[k2, k1, k0] = A[k2*K1*K0 + k1*K0 + k0] / S\n"),
               {{"M", 2, 2}, {"K2", 2, 2}, {"K1", 2, 2}, {"K0", 2, 2}});
  // A moved window goes through all of it too.
  check_counts(recut_cascade("  S = sum[m](A[m])\n  Z[m1, m0] = A[m1*M0 + m0 + 1] / S\n"),
               {{"M", 2, 2}, {"M1", 2, 2}});
}

TEST_CASE("a way that streams from another needs no pass of its own", "[analysis]") {
  check_counts(recut_cascade("  Y[m] = exp(A[m])\n"
                             "  Z[m1, m0] = Y[m1*M0 + m0] * B[m1*M0 + m0]\n"),
               {{"M", 1, 1}, {"M1", 1, 1}, {"M0", 1, 1}});
  // Maxima of blocks, and a sum that needs no maximum: one sweep reads A for both.
  check_counts(recut_cascade("  L[m1] = max[m0](A[m1*M0 + m0])\n  S = sum[m](A[m])\n"),
               {{"M", 1, 1}, {"M1", 1, 1}, {"M0", 1, 1}});
}

TEST_CASE("sweeps of one value a block are coarse for every way", "[analysis]") {
  const Cascade cascade = recut_cascade(
      "  L[m1] = max[m0](A[m1*M0 + m0])\n  G = max[m1](L[m1])\n  R[m1] = exp(L[m1] - G)\n"
      "  D = sum[m1](R[m1])\n  Z[m] = A[m] / D\n");
  check_counts(cascade, {{"M", 2, 3}, {"M1", 3, 3}, {"M0", 2, 2}});
  CHECK(analyzed(cascade).splits.front().coarse == SymbolicCount(1));
}

TEST_CASE("ways that cannot be counted together are named", "[analysis]") {
  const auto ways = [](const Cascade& cascade) {
    std::string text;
    for (const Recut& recut : analyzed(cascade).recuts) {
      text += cascade[recut.tensor].name + ":";
      for (const RankWay& way : recut.ways) {
        text += ' ';
        for (const RankId part : way) text += cascade[part].name;
      }
      text += ';';
    }
    return text;
  };
  CHECK(ways(recut_cascade("  T = sum[m](A[m])\n  Z[q] = sum[s](A[q + s]) / T\n")) == "A: M QS;");
  CHECK(ways(recut_cascade("  T[m] = exp(A[m])\n  Z[m1, m0] = T[m1*M0 + m0]\n"
                           "  Y[m1, m0, s] = T[m1*M0 + m0 + s]\n")) == "T: M M1M0 M0M1S;");
  CHECK(ways(recut_cascade("  T[m] = exp(A[m])\n  Y[m, s] = T[m + s]\n")).empty());
  CHECK(ways(recut_cascade("  T[m, m1] = A[m] * C[m1]\n  Z[m1, m0] = A[m1*M0 + m0]\n")) ==
        "A: M M1M0;");
  CHECK(ways(recut_cascade("  T = sum[m](A[m])\n  Z[m1, m0] = A[m1*M0 + m0] / T\n",
                           "alias: {Q: M}\n")) == "A: M M1M0;");
  CHECK(ways(recut_cascade("  S = sum[m](A[m])\n  Z[m1, m0] = B[m1*M0 + m0] / S\n")).empty());
}

TEST_CASE("an expectation that a lower bound does not reach is not confirmed", "[analysis]") {
  const std::string window = "  T = sum[m](A[m])\n  Z[q] = sum[s](A[q + s]) / T\n";
  const auto found = [&](const std::string& expected) {
    const Cascade cascade =
        recut_cascade(window, "expect: {passes: {M: " + expected + "}, joint: {M+Q: 9}}\n");
    return check_expectations(cascade, analyzed(cascade));
  };
  const base::Diagnostics two = found("2"), none = found("0");
  REQUIRE(two.size() == 2);
  CHECK(two[0].code == "W506");
  CHECK(two[1].code == "W506");
  CHECK_FALSE(base::has_errors(two));
  REQUIRE(none.size() == 2);
  CHECK(none[0].code == "E501");
  CHECK(none[0].message == "passes of M: found at least 1, expected 0");
}

}  // namespace
}  // namespace einfall::einsum
