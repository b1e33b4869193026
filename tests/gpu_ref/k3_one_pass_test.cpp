#include "tests/gpu_ref/attention_laws.hpp"

namespace einfall::gpu_ref::test {
namespace {

TEST_CASE("one-pass attention agrees with fp64 in both formats and all head dimensions", "[k3]") {
  const Kernel kernel = kernel_named("k3-one-pass");
  for (const int dim : {64, 128, 256}) {
    check_values(kernel, problem(Format::kBf16, dim, 64, 128));
    check_values(kernel, problem(Format::kFp16, dim, 40, 72));
  }
}

TEST_CASE("one-pass attention agrees with fp64 on a head of 512 x 64", "[k3]") {
  check_values(kernel_named("k3-one-pass"), problem(Format::kBf16, 64, 512, 512));
}

TEST_CASE("one-pass attention takes any number of queries and keys", "[k3]") {
  const Kernel kernel = kernel_named("k3-one-pass");
  for (const auto& [queries, keys] : {std::pair{1, 1}, {1, 65}, {3, 63}, {129, 200}, {17, 1}})
    check_values(kernel, problem(Format::kFp16, 64, queries, keys));
}

TEST_CASE("one-pass attention masks causally and by windows, aligned to the last key", "[k3]") {
  const Kernel kernel = kernel_named("k3-one-pass");
  Problem p = problem(Format::kFp16, 64, 200, 200);
  p.causal = true;
  check_values(kernel, p);
  p.window = 50;
  check_values(kernel, p);
  p.queries = 70;
  check_values(kernel, p);
  p.causal = false;
  check_values(kernel, p);
}

TEST_CASE("the first query of a causal head gets the first value", "[k3]") {
  Problem p = problem(Format::kBf16, 64, 130, 130);
  p.causal = true;
  const Tensors t = random_tensors(p, 3);
  const Outcome outcome = run(kernel_named("k3-one-pass"), p, t);
  REQUIRE(outcome.problem == "");
  CHECK(std::vector(outcome.o.begin(), outcome.o.begin() + 64) ==
        std::vector(t.v.begin(), t.v.begin() + 64));
}

TEST_CASE("queries that see no key get zeros", "[k3]") {
  const Kernel kernel = kernel_named("k3-one-pass");
  Problem p = problem(Format::kBf16, 64, 300, 40);  // the first 260 queries stand before the keys
  p.causal = true;
  const Tensors t = random_tensors(p, 4);
  const Outcome outcome = run(kernel, p, t);
  REQUIRE(outcome.problem == "");
  const auto seen = outcome.o.begin() + 260 * 64;
  CHECK(std::all_of(outcome.o.begin(), seen, [](double x) { return x == 0; }));
  CHECK(std::none_of(seen, outcome.o.end(), [](double x) { return x == 0; }));
  CHECK(errors_of(outcome.o, reference(p, t), p.dim).frobenius < gate(p.format));
}

TEST_CASE("heads share keys, and batch entries do not", "[k3]") {
  Problem p = problem(Format::kFp16, 64, 30, 70);
  p.batch = 2;
  p.heads = 4;
  p.kv_heads = 2;
  check_values(kernel_named("k3-one-pass"), p);
}

TEST_CASE("one-pass attention holds the laws of attention", "[k3]") {
  const Kernel kernel = kernel_named("k3-one-pass");
  Problem p = problem(Format::kBf16, 64, 70, 150);
  check_ones(kernel, p);
  check_permuted_keys(kernel, p);
  check_large_logits(kernel, p);
  p.heads = p.kv_heads = 3;
  check_orders(kernel, p);
}

TEST_CASE("one-pass attention does the work that the cascade counts", "[k3]") {
  const Problem p = problem(Format::kBf16, 64, 256, 192);
  const Kernel kernel = kernel_named("k3-one-pass");
  const Costs costs = kernel.costs(p);
  CHECK(costs.multiply_adds == 2.0 * 256 * 192 * 64);
  CHECK(costs.exps == 256.0 * 192);
  const Outcome outcome = run(kernel, p, random_tensors(p, 1));
  REQUIRE(outcome.problem == "");
  CHECK(static_cast<double>(outcome.counts.mma) == costs.multiply_adds / (16 * 8 * 16));
  // Beside one a score, every lane corrects its rows once a tile: four lanes hold a row.
  CHECK(static_cast<double>(outcome.counts.exps) == costs.exps + 256.0 * 4 * 3);
  // Q once, K and V once for each of the two tiles of queries; O once.
  const auto moved = outcome.counts.global_read_bytes + outcome.counts.global_written_bytes;
  CHECK(static_cast<double>(moved) == costs.sm_bytes);
  CHECK(costs.sm_bytes == 2.0 * 64 * (2 * 256 + 2 * 2 * 192));
}

TEST_CASE("one-pass attention agrees with fp64 on longer heads", "[k3][slow]") {
  Problem p = problem(Format::kBf16, 128, 512, 512);
  check_values(kernel_named("k3-one-pass"), p);
  p.causal = true;
  check_values(kernel_named("k3-one-pass"), p);
  p = problem(Format::kFp16, 256, 200, 300);
  check_values(kernel_named("k3-one-pass"), p);
}

}  // namespace
}  // namespace einfall::gpu_ref::test
