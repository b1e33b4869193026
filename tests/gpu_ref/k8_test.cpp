#include "tests/gpu_ref/attention_laws.hpp"

namespace einfall::gpu_ref::test {
namespace {

/// Values within the gate, the same bits for other orders of threads, bytes as the costs say.
void check_eight_bits(const Problem& p, std::uint64_t seed = 1) {
  CAPTURE(p.dim, p.queries, p.keys, p.causal, p.window);
  const Kernel kernel = kernel_named(p.format == Format::kInt8 ? "k8-int8" : "k8-e4m3");
  REQUIRE(kernel.refusal(p) == "");
  const check::Stimulus s = check::stimulus(kernel, p, seed);
  CHECK(check::check_values(kernel, p, s, seed).message == "");
  const Outcome outcome = run(kernel, p, s.tensors, 1, s.extras);
  CHECK((run(kernel, p, s.tensors, 2, s.extras).o == outcome.o));
  CHECK(static_cast<double>(outcome.counts.global_read_bytes +
                            outcome.counts.global_written_bytes) == kernel.costs(p).sm_bytes);
}

TEST_CASE("attention with int8 scores agrees with fp64", "[k8]") {
  check_eight_bits(problem(Format::kInt8, 64, 50, 150));
  check_eight_bits(problem(Format::kInt8, 128, 130, 100));
  check_eight_bits(problem(Format::kInt8, 256, 20, 70));
  Problem p = problem(Format::kInt8, 64, 140, 200);
  p.causal = true;
  p.window = 90;
  p.heads = 2;
  check_eight_bits(p);
}

TEST_CASE("attention with e4m3 scores and values agrees with fp64", "[k8]") {
  check_eight_bits(problem(Format::kE4m3, 64, 50, 192));
  check_eight_bits(problem(Format::kE4m3, 128, 130, 128));
  Problem p = problem(Format::kE4m3, 64, 140, 192);
  p.causal = true;
  p.window = 90;
  p.heads = 2;
  check_eight_bits(p);
}

TEST_CASE("e4m3 wants whole tiles of keys, and each kernel its own format", "[k8]") {
  CHECK(kernel_named("k8-e4m3").refusal(problem(Format::kE4m3, 64, 1, 65)) != "");
  CHECK(kernel_named("k8-e4m3").refusal(problem(Format::kInt8, 64, 1, 64)) != "");
  CHECK(kernel_named("k8-int8").refusal(problem(Format::kBf16, 64, 1, 64)) != "");
  CHECK(kernel_named("k8-int8").refusal(problem(Format::kInt8, 64, 1, 65)) == "");
}

}  // namespace
}  // namespace einfall::gpu_ref::test
