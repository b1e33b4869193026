#include "einsum/analysis/points.hpp"

#include "einsum/ir/sizes.hpp"
#include "tests/einsum/analysis/cascade_files.hpp"

namespace einfall::einsum {
namespace {

using tests::cascade_from;
using tests::load_shipped;
using Overrides = std::map<std::string, std::int64_t>;

PointCount count(const Cascade& cascade, const char* einsum, const Overrides& overrides) {
  const auto sizes = bind_sizes(cascade, overrides);
  REQUIRE(sizes);
  const auto found = points(cascade, *cascade.find_einsum(einsum), *sizes);
  if (!found) FAIL(base::render(found.error()));
  return *found;
}

Cascade attention(const std::string& where, const std::string& ranks = "M: 8, P: 8, E: 4, F: 4") {
  return cascade_from("einfall: 1\nranks: {" + ranks +
                      "}\n"
                      "declaration: {Q: [E, P], K: [E, M], V: [F, M]}\n"
                      "expressions: |\n"
                      "  QK[m, p] = Q[e, p] * K[e, m] where " +
                      where +
                      "\n"
                      "  GM[p]    = max[m](QK[m, p])\n"
                      "  SN[m, p] = exp(QK[m, p] - GM[p])\n"
                      "  SD[p]    = SN[m, p]\n"
                      "  A[m, p]  = SN[m, p] / SD[p]\n"
                      "  AV[f, p] = A[m, p] * V[f, m]\n");
}

constexpr std::int64_t kMillion = 1 << 20;

TEST_CASE("a causal mask is counted exactly at a million tokens, everywhere it reaches",
          "[points]") {
  const Cascade cascade = attention("m <= p");
  const Overrides sizes{{"M", kMillion}, {"P", kMillion}, {"E", 128}, {"F", 64}};
  const std::int64_t triangle = kMillion * (kMillion + 1) / 2;
  CHECK(count(cascade, "QK", sizes) == PointCount{triangle * 128, true});
  CHECK(count(cascade, "GM", sizes) == PointCount{triangle, true});
  CHECK(count(cascade, "SN", sizes) == PointCount{triangle, true});
  CHECK(count(cascade, "A", sizes) == PointCount{triangle, true});
  CHECK(count(cascade, "AV", sizes) == PointCount{triangle * 64, true});
}

TEST_CASE("a window has its full width but for the first rows", "[points]") {
  const Cascade cascade = attention("p - W < m <= p", "M: 8, P: 8, E: 4, F: 4, W: 3");
  const std::int64_t window = 4096;
  const Overrides sizes{{"M", kMillion}, {"P", kMillion}, {"E", 1}, {"W", window}};
  const std::int64_t expected = window * kMillion - window * (window - 1) / 2;
  CHECK(count(cascade, "SN", sizes) == PointCount{expected, true});
}

TEST_CASE("causal one-pass attention: whole blocks, partial blocks, carried state", "[points]") {
  const Cascade cascade = load_shipped("07_attention_1pass_causal");
  const std::int64_t m1 = 4096, m0 = 256, p = m1 * m0;
  const Overrides sizes{{"M1", m1}, {"M0", m0}, {"P", p}, {"E", 64}, {"F", 1}};
  const std::int64_t triangle = p * (p + 1) / 2;
  CHECK(count(cascade, "BQK", sizes) == PointCount{triangle * 64, true});
  CHECK(count(cascade, "LM", sizes) == PointCount{triangle, true});
  CHECK(count(cascade, "SLN", sizes) == PointCount{triangle, true});
  // Block m1 is present for the queries from its first key on: p - m1*M0 of them.
  const std::int64_t blocks = m1 * p - m0 * (m1 * (m1 - 1) / 2);
  CHECK(count(cascade, "RM", sizes) == PointCount{blocks, true});
  CHECK(count(cascade, "RD", sizes) == PointCount{blocks, true});
  // The rescaling factor exists in every step: RM carries.
  CHECK(count(cascade, "PRM", sizes) == PointCount{m1 * p, true});
  CHECK(count(cascade, "AV", sizes) == PointCount{p, true});
}

TEST_CASE("without init the state begins with the first present block", "[points]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {M: 4, P: 6}\ndeclaration: {X: [M, P]}\nexpressions: |\n"
      "  Y[m, p]   = X[m, p]   where 2*m >= p\n"
      "  R[m+1, p] = max(R[m, p] ?? -inf, Y[m, p])\n"
      "  Z[m, p]   = R[m+1, p] + 1\n");
  // Y: m >= p/2: 4 - ceil(p/2) rows for p = 0..5: 4+3+3+2+2+1.
  CHECK(count(cascade, "Y", {}) == PointCount{15, true});
  CHECK(count(cascade, "R", {}) == PointCount{15, true});
  // Once present, R stays present: the same rows here, since the mask grows with m.
  CHECK(count(cascade, "Z", {}) == PointCount{15, true});
}

TEST_CASE("a state that was once written is carried", "[points]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {M: 8}\ndeclaration: {X: [M]}\nexpressions: |\n"
      "  Y[m]   = X[m]   where 2 <= m <= 3\n"
      "  R[m+1] = max(R[m] ?? -inf, Y[m])\n"
      "  Z[m]   = R[m] + 1\n");
  CHECK(count(cascade, "R", {}) == PointCount{2, true});
  CHECK(count(cascade, "Z", {}) == PointCount{5, true});  // R[3] to R[7]
}

TEST_CASE("a short last block is absent past the end", "[points]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {M: 10, M0: 4, M1: ceil(M / M0)}\ndeclaration: {X: [M]}\n"
      "expressions: |\n"
      "  Y[m1, m0] = X[m1*M0 + m0]\n  Z[m1] = sum[m0](Y[m1, m0])\n  U[m1] = Z[m1] * 2\n");
  CHECK(count(cascade, "Y", {}) == PointCount{10, true});
  CHECK(count(cascade, "Z", {}) == PointCount{10, true});
  CHECK(count(cascade, "U", {}) == PointCount{3, true});
}

TEST_CASE("blocks on the diagonal are counted through quotients", "[points]") {
  const Cascade cascade = attention("m // 64 == p // 64");
  const Overrides sizes{{"M", kMillion}, {"P", kMillion}, {"E", 1}, {"F", 1}};
  CHECK(count(cascade, "QK", sizes) == PointCount{kMillion * 64, true});
  CHECK(count(cascade, "SN", sizes) == PointCount{kMillion * 64, true});
}

TEST_CASE("unions, negations and gaps are counted once", "[points]") {
  // Columns 0 and 1 in full (16), then 3 rows each for m = 2 to 5, 2 and 1 at the end.
  CHECK(count(attention("m <= 1 or p - m < 3 and m <= p"), "SN", {}) == PointCount{31, true});
  CHECK(count(attention("not (m <= p)"), "SN", {}) == PointCount{28, true});
  CHECK(count(attention("m != p"), "SN", {}) == PointCount{56, true});
  CHECK(count(attention("(p - m) % 2 == 0"), "SN", {}) == PointCount{32, true});
}

TEST_CASE("present(...) and ?? follow presence", "[points]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\nranks: {M: 8}\ndeclaration: {X: [M], B: [M]}\nexpressions: |\n"
      "  A[m] = X[m]   where m < 3\n"
      "  L[m] = A[m] + (B[m] ?? 0)\n"
      "  U[m] = (A[m] ?? 0) + B[m]\n"
      "  R[m] = B[m]   where not present(A[m])\n");
  CHECK(count(cascade, "L", {}) == PointCount{3, true});
  CHECK(count(cascade, "U", {}) == PointCount{8, true});
  CHECK(count(cascade, "R", {}) == PointCount{5, true});
}

TEST_CASE("masks that depend on data are counted in full and say so", "[points]") {
  const Cascade cascade = load_shipped("08_splitk");
  CHECK(count(cascade, "LM", {}) == PointCount{2 * 4 * 3 * 4, false});
  const Cascade kept = load_shipped("20_topk_threshold");
  CHECK(count(kept, "E", {}) == PointCount{8, false});
  CHECK(count(kept, "KEEP", {}) == PointCount{8, true});
}

TEST_CASE("top-k is present in full where there are enough candidates", "[points]") {
  CHECK(count(load_shipped("20_topk_softmax"), "Y", {}) == PointCount{3, true});
  CHECK_FALSE(count(load_shipped("20_topk_softmax"), "Y", {{"N", 2}}).exact);
}

TEST_CASE("a count beyond 63 bits is E503", "[points]") {
  const Cascade cascade = attention("m <= p");
  const auto sizes =
      bind_sizes(cascade, {{"M", std::int64_t{1} << 40}, {"P", std::int64_t{1} << 40}, {"E", 1}});
  REQUIRE(sizes);
  const auto found = points(cascade, *sizes);
  REQUIRE_FALSE(found);
  CHECK(found.error().front().code == "E503");
}

}  // namespace
}  // namespace einfall::einsum
