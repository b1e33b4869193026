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

}  // namespace
}  // namespace einfall::einsum
