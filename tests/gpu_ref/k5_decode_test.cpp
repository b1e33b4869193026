#include "tests/gpu_ref/attention_laws.hpp"

namespace einfall::gpu_ref::test {
namespace {

const std::vector<const char*> kAll{"k5-split-1",  "k5-split-2",  "k5-split-3",
                                    "k5-stream-1", "k5-stream-2", "k5-stream-3"};

/// One token, 4 heads that share 2 heads of keys.
Problem decode_problem(Format format, int dim, int keys) {
  Problem p;
  p.format = format;
  p.dim = dim;
  p.heads = 4;
  p.kv_heads = 2;
  p.keys = keys;
  p.splits = 3;
  p.slots = 7;
  return p;
}

TEST_CASE("decoding agrees with fp64 for every schedule and number of passes", "[k5]") {
  for (const char* id : kAll)
    check_values(kernel_named(id), decode_problem(Format::kFp16, 64, 333));
}

TEST_CASE("decoding agrees with fp64 at larger head dimensions", "[k5][slow]") {
  for (const char* id : kAll) {
    check_values(kernel_named(id), decode_problem(Format::kBf16, 128, 200));
    check_values(kernel_named(id), decode_problem(Format::kFp16, 256, 333));
  }
}

TEST_CASE("batch entries have heads of their own", "[k5]") {
  for (const char* id : {"k5-split-1", "k5-stream-1"}) {
    Problem p = decode_problem(Format::kBf16, 128, 130);
    p.batch = 2;
    check_values(kernel_named(id), p);
  }
}

TEST_CASE("decoding takes few and many keys, and one span a head", "[k5]") {
  for (const char* id : {"k5-split-1", "k5-stream-1"})
    for (const int keys : {1, 15, 64, 65, 600}) {
      Problem p = decode_problem(Format::kFp16, 64, keys);
      p.splits = std::min(p.splits, (keys + 63) / 64);
      check_values(kernel_named(id), p);
      p.splits = 1;
      p.slots = 1;
      check_values(kernel_named(id), p);
    }
}

TEST_CASE("several queries, masks, and more rows than a product has", "[k5]") {
  for (const char* id : {"k5-split-1", "k5-split-3", "k5-stream-2"}) {
    Problem p = decode_problem(Format::kFp16, 64, 300);
    p.queries = 11;  // 2 heads of a group x 11 queries: two blocks of rows
    p.causal = true;
    check_values(kernel_named(id), p);
    p.window = 100;
    check_values(kernel_named(id), p);
  }
}

TEST_CASE("decoding holds the laws of attention", "[k5]") {
  for (const char* id : {"k5-split-1", "k5-split-3", "k5-stream-2"}) {
    Problem p = decode_problem(Format::kBf16, 64, 200);
    check_ones(kernel_named(id), p);
    check_permuted_keys(kernel_named(id), p);
    check_large_logits(kernel_named(id), p);
    check_orders(kernel_named(id), p);
  }
}

TEST_CASE("queries that see no key get zeros, with any split", "[k5]") {
  for (const char* id : kAll) {
    Problem p = decode_problem(Format::kBf16, 64, 130);
    p.queries = 140;
    p.causal = true;
    p.heads = p.kv_heads = 1;
    const Tensors t = random_tensors(p, 4);
    const Outcome outcome = run(kernel_named(id), p, t);
    REQUIRE(outcome.problem == "");
    CHECK(std::all_of(outcome.o.begin(), outcome.o.begin() + 10 * 64,
                      [](double x) { return x == 0; }));
    CHECK(errors_of(outcome.o, reference(p, t), p.dim).frobenius < gate(p.format));
  }
}

TEST_CASE("the number of splits and of blocks changes rounding only", "[k5]") {
  Problem p = decode_problem(Format::kFp16, 64, 600);
  const Tensors t = random_tensors(p, 8);
  const std::vector<double> want = reference(p, t);
  for (const int splits : {1, 2, 5, 10}) {
    p.splits = splits;
    check_values(kernel_named("k5-split-1"), p, t, want);
  }
  for (const int slots : {1, 2, 5, 13, 100}) {
    p.slots = slots;
    check_values(kernel_named("k5-stream-1"), p, t, want);
  }
}

TEST_CASE("as many stream blocks as heads give each one whole head", "[k5]") {
  Problem p = decode_problem(Format::kFp16, 64, 256);
  p.slots = 2;  // heads of keys
  p.splits = 1;
  const Tensors t = random_tensors(p, 9);
  CHECK((run(kernel_named("k5-stream-1"), p, t).o == run(kernel_named("k5-split-1"), p, t).o));
}

TEST_CASE("passes are bytes: keys are read once a pass, values once", "[k5]") {
  Problem p = decode_problem(Format::kBf16, 64, 512);
  p.splits = 1;
  const Tensors t = random_tensors(p, 10);
  for (const int passes : {1, 2, 3}) {
    const Kernel kernel = kernel_named(kAll[static_cast<std::size_t>(passes - 1)]);
    const Outcome outcome = run(kernel, p, t);
    REQUIRE(outcome.problem == "");
    const double moved =
        static_cast<double>(outcome.counts.global_read_bytes + outcome.counts.global_written_bytes);
    CHECK(moved == kernel.costs(p).sm_bytes);
    CHECK(moved == 2 * 64 * (2.0 * 4 + 2.0 * 512 * (passes + 1)));
  }
}

TEST_CASE("decoding refuses what its spans cannot be", "[k5]") {
  const Kernel kernel = kernel_named("k5-split-1");
  Problem p = decode_problem(Format::kBf16, 64, 512);
  CHECK(kernel.refusal(p) == "");
  p.splits = 9;
  CHECK(kernel.refusal(p) != "");
  p.splits = 0;
  CHECK(kernel.refusal(p) != "");
  p.splits = 1;
  p.batch = 30000;
  p.queries = 4000;
  CHECK(kernel.refusal(p) != "");
}

}  // namespace
}  // namespace einfall::gpu_ref::test
