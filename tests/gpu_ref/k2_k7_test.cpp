#include "tests/gpu_ref/attention_laws.hpp"

namespace einfall::gpu_ref::test {
namespace {

TEST_CASE("fused attention with more passes agrees with fp64", "[k2]") {
  for (const char* id : {"k2-two-pass", "k2-three-pass"}) {
    const Kernel kernel = kernel_named(id);
    for (const int dim : {64, 128, 256}) check_values(kernel, problem(Format::kFp16, dim, 33, 90));
    Problem p = problem(Format::kBf16, 64, 140, 140);
    p.heads = 2;
    p.causal = true;
    check_values(kernel, p);
    p.window = 30;
    check_values(kernel, p);
  }
}

TEST_CASE("fused attention with more passes holds the laws of attention", "[k2]") {
  for (const char* id : {"k2-two-pass", "k2-three-pass"}) {
    const Kernel kernel = kernel_named(id);
    Problem p = problem(Format::kBf16, 64, 40, 150);
    check_ones(kernel, p);
    check_permuted_keys(kernel, p);
    check_large_logits(kernel, p);
    check_orders(kernel, p);
  }
}

TEST_CASE("a pass costs a product of queries and keys, and its exponentials", "[k2]") {
  const Problem p = problem(Format::kBf16, 64, 128, 128);
  const Tensors t = random_tensors(p, 2);
  const auto counts_of = [&](const char* id) {
    const Outcome outcome = run(kernel_named(id), p, t);
    REQUIRE(outcome.problem == "");
    const Costs costs = kernel_named(id).costs(p);
    CHECK(static_cast<double>(outcome.counts.mma) == costs.multiply_adds / (16 * 8 * 16));
    CHECK(static_cast<double>(outcome.counts.global_read_bytes +
                              outcome.counts.global_written_bytes) == costs.sm_bytes);
    return outcome.counts;
  };
  const auto one = counts_of("k3-one-pass"), two = counts_of("k2-two-pass"),
             three = counts_of("k2-three-pass");
  CHECK(two.mma * 2 == one.mma * 3);
  CHECK(three.mma == one.mma * 2);
  CHECK(three.exps == 2 * 128 * 128);              // numerators and denominators, no corrections
  CHECK(two.exps == 2 * 128 * 128 + 128 * 4 * 2);  // corrections: 4 lanes a row, 2 tiles
  CHECK(one.exps == 128 * 128 + 128 * 4 * 2);
}

TEST_CASE("block-sparse attention sees the listed blocks only, in any order", "[k7]") {
  Problem p = problem(Format::kBf16, 64, 300, 300);
  p.heads = 2;
  p.kv_heads = 1;
  // Rows of 128 queries, blocks of 64 keys; the last block is short, the last row sees no block.
  const Extras extras{{0, 3, 5, 5}, {4, 0, 2, 3, 1}, {}};
  p.kept_blocks = 5;
  const auto listed = [&](int query, int key) {
    for (int i = extras.block_first[query / 128]; i < extras.block_first[query / 128 + 1]; ++i)
      if (extras.blocks[i] == key / 64) return true;
    return false;
  };
  const Kernel kernel = kernel_named("k7-block-sparse");
  for (const bool causal : {false, true}) {
    p.causal = causal;
    const Tensors t = random_tensors(p, 5);
    const auto want = reference(
        p, t, [&](int query, int key) { return listed(query, key) && sees(p, query, key); });
    CHECK(errors_of(reference(p, t), want, p.dim).frobenius > 0.1);
    check_values(kernel, p, t, want, 1, extras);
  }
  check_orders(kernel, p, extras);
}

TEST_CASE("a list of all blocks is dense attention, bit for bit", "[k7]") {
  Problem p = problem(Format::kFp16, 128, 128, 192);
  p.kept_blocks = 3;
  const Tensors t = random_tensors(p, 6);
  const Outcome sparse = run(kernel_named("k7-block-sparse"), p, t, 1, {{0, 3}, {0, 1, 2}, {}});
  const Outcome dense = run(kernel_named("k3-one-pass"), p, t);
  REQUIRE(sparse.problem == "");
  CHECK((sparse.o == dense.o));
}

TEST_CASE("a block past the end of the keys holds no key", "[k7]") {
  Problem p = problem(Format::kFp16, 64, 20, 100);
  p.kept_blocks = 2;
  const Tensors t = random_tensors(p, 7);
  check_values(kernel_named("k7-block-sparse"), p, t, reference(p, t), 1, {{0, 3}, {1, 7, 0}, {}});
}

}  // namespace
}  // namespace einfall::gpu_ref::test
