#include <catch2/catch.hpp>

#include "einsum/analysis/bounds.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::einsum {
namespace {

// In fp64, with a buffer of 64 bytes.
std::int64_t bound_of(const std::string& expressions) {
  const Cascade cascade = tests::cascade_of(
      "ranks: {N: 1000, I: 30, J: I}\n"
      "declaration: {X: [N], B: [I, J]}\nexpressions: |\n" +
      expressions);
  const auto bound = traffic_bound(cascade, tests::sizes_of(cascade), base::Bytes(64));
  if (!bound) FAIL(base::render(bound.error()));
  return bound->total.value();
}

TEST_CASE("another order of the elements is no boundary of the traffic", "[analysis]") {
  for (const char* index : {"n // 2 * 2", "N - 1 - n"})
    CHECK(bound_of(std::string("  A[n] = exp(X[n])\n  Y[n] = X[n] * A[") + index + "]\n") == 16000);
  CHECK(bound_of("  A[i, j] = exp(B[i, j])\n  Y[i, j] = B[i, j] * A[j, i]\n") == 2 * 7200);
}

TEST_CASE("a value that needs all elements is a boundary of the traffic", "[analysis]") {
  // All of X is read a second time, but for what the buffer holds.
  const std::int64_t direct = bound_of("  G = max[n](X[n])\n  Y[n] = X[n] / G\n");
  CHECK(direct > 23000);
  CHECK(bound_of("  G = max[n](X[n])\n  H = G + 1\n  Y[n] = X[n] / H\n") == direct);
}

TEST_CASE("what is read elsewhere after a barrier is not counted again", "[analysis]") {
  const auto bound = [](const std::string& expressions, std::int64_t capacity) {
    const Cascade cascade = tests::cascade_of(
        "ranks: {N: 64, K: 32, H: 8, W: 95}\nvars: {n: N, h: H}\n"
        "declaration: {X: [W], G: [H, N]}\nexpressions: |\n" +
        expressions);
    const auto found = traffic_bound(cascade, tests::sizes_of(cascade), base::Bytes(capacity));
    if (!found) FAIL(base::render(found.error()));
    return found->total.value() / 8;
  };
  // Every n needs an element of its own again, but for what stays beside the sum.
  CHECK(bound("  S = X[n]\n  Y[n] = X[n] / S\n", 88) == 64 + 64 + 54);
  CHECK(bound("  S = X[n + k]\n  Y[n] = sum[k](X[n + k]) / S\n", 88) == 95 + 64 + 54);
  CHECK(bound("  S = X[n + k]\n  Y[n] = X[n] / S\n", 88) == 95 + 64);
  // Two of n share one.
  CHECK(bound("  S = X[n // 2]\n  Y[n] = X[n // 2] / S\n", 88) == 32 + 64 + 22);
  CHECK(bound("  S = X[n // 2 * 2]\n  Y[n] = X[n // 2 * 2] / S\n", 88) == 32 + 64 + 22);
  CHECK(bound("  S = X[n // 2]\n  Y[n] = X[n] / S\n", 88) == 64 + 64);
  // Two heads share a fibre, and a buffer for one of them reads it once.
  const std::string heads = "  S[h] = sum[n](G[h // 2, n])\n  Y[h, n] = G[h // 2, n] / S[h]\n";
  CHECK(bound(heads, 1024) == 4 * 64 + 8 * 64);
  CHECK(bound(heads, 88) > 4 * 64 + 8 * 64);
}

TEST_CASE("what nobody takes of an intermediate is not made", "[analysis]") {
  const auto bound = [](const char* index) {
    return bound_of(std::string("  A[n] = exp(X[n])\n  Y[i] = A[") + index + "]\n") / 8;
  };
  CHECK(bound("i") == 30 + 30);
  CHECK(bound("i // 2 * 2 + i % 2") == 30);
  CHECK(bound("2*i") == 30);
}

TEST_CASE("an input read through overlapping windows is moved once", "[analysis]") {
  CHECK(bound_of("  Y[i] = X[i + j]\n") / 8 == 30 + 59);
  CHECK(bound_of("  Y[i] = X[i + j] where i < j\n") / 8 <= 30 + 59);
}

TEST_CASE("an input read at a quotient and its remainder is moved once", "[analysis]") {
  const auto bound = [](const std::string& index) {
    const Cascade cascade = tests::cascade_of(
        "ranks: {M: 60, B: 8, M1: 8, E: 3}\ndeclaration: {K: [E, M1, B]}\n"
        "expressions: |\n  S[m] = sum[e](K[e, " +
        index + "])\n");
    const auto found = traffic_bound(cascade, tests::sizes_of(cascade), base::Bytes(1 << 20));
    if (!found) FAIL(base::render(found.error()));
    return found->total.value();
  };
  CHECK(bound("m // B, m % B") == 8 * (60 + 3 * 60));
  // Of other pairs not all is known to be read.
  CHECK(bound("m // B, m % 3") == 8 * 60);
  // A quotient alone names a block, a remainder a place in each.
  CHECK(bound("m // B, 0") == 8 * (60 + 3 * 8));
  CHECK(bound("0, m % B") == 8 * (60 + 3 * 8));
}

TEST_CASE("an input that groups of heads share is moved once", "[analysis]") {
  const auto bound = [](const std::string& expressions) {
    const Cascade cascade = tests::cascade_of(
        "ranks: {H: 8, G: 4, J: 2, M: 5, P: 5, E: 6, E2: 3}\n"
        "declaration: {Q: [H, E, P], K: [J, E, M], C: [E2, P]}\nexpressions: |\n" +
        expressions);
    const auto found = traffic_bound(cascade, tests::sizes_of(cascade), base::Bytes(1 << 20));
    if (!found) FAIL(base::render(found.error()));
    return found->total.value() / 8;
  };
  CHECK(bound("  S[h, m, p] = Q[h, e, p] * K[h // G, e, m]\n") == 200 + 240 + 60);
  CHECK(bound("  S[h, m, p] = Q[h, e, p] * K[h // G, e, m] where m <= p\n") == 120 + 240 + 60);
  // Of the heads that a condition leaves not all are known to be read.
  CHECK(bound("  S[h, m, p] = Q[h, e, p] * K[h // G, e, m] where h < m\n") < 200 + 240 + 60);
  CHECK(bound("  R[h, e, p] = Q[h, e, p] * C[e // 2, p]\n") == 240 + 240 + 15);
  CHECK(bound("  R[h, e, p] = Q[h, e, p] * C[e % 3, p]\n") == 240 + 240 + 15);
  // Both halves of a head's elements, with one table for both.
  CHECK(bound("  R[h, e, p] = Q[h, e, p] * C[e % E2, p] + Q[h, (e + 3) % E, p]\n") ==
        240 + 240 + 15);
}

}  // namespace
}  // namespace einfall::einsum
