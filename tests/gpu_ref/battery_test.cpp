#include "gpu_ref/check/battery.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/gpu_ref/attention_case.hpp"

namespace einfall::gpu_ref::test {
namespace {

void check_battery(std::string_view id) {
  const Kernel kernel = kernel_named(id);
  std::set<std::string> checks;
  for (const check::Trial& trial : check::battery(kernel, check::Extent::kSmall, 7)) {
    const Problem& p = trial.problem;
    CAPTURE(id, trial.check, p.dim, p.queries, p.keys, p.heads, p.kv_heads, p.causal, p.window);
    const check::Verdict verdict = trial.run();
    CHECK(verdict.message == "");
    checks.insert(trial.check);
  }
  CHECK(checks.count("values") == 1);
  CHECK(checks.count("repeats") == 1);
}

TEST_CASE("the full battery is the small one and more, all of it what the kernel takes",
          "[battery]") {
  for (const Kernel& kernel : kernels()) {
    CAPTURE(kernel.id);
    const auto small = check::battery(kernel, check::Extent::kSmall, 7);
    const auto full = check::battery(kernel, check::Extent::kFull, 7);
    CHECK(small.size() > 5);
    CHECK(full.size() > small.size());
    for (const check::Trial& trial : full) CHECK(kernel.refusal(trial.problem) == "");
  }
}

TEST_CASE("K1 passes what kernels are put to", "[battery][slow]") { check_battery("k1-unfused"); }
TEST_CASE("K2 passes what kernels are put to", "[battery][slow]") {
  check_battery("k2-two-pass");
  check_battery("k2-three-pass");
}
TEST_CASE("K3 passes what kernels are put to", "[battery][slow]") { check_battery("k3-one-pass"); }
TEST_CASE("K5 passes what kernels are put to", "[battery][slow]") {
  for (const char* id : {"k5-split-1", "k5-split-3", "k5-stream-1", "k5-stream-2"})
    check_battery(id);
}
TEST_CASE("K6 passes what kernels are put to", "[battery][slow]") {
  check_battery("k6-linear-chunk");
}
TEST_CASE("K7 passes what kernels are put to", "[battery][slow]") {
  check_battery("k7-block-sparse");
}
TEST_CASE("K8 passes what kernels are put to", "[battery][slow]") {
  check_battery("k8-int8");
  check_battery("k8-e4m3");
}
TEST_CASE("K9 passes what kernels are put to", "[battery][slow]") {
  for (const char* id : {"k9-softmax-1", "k9-softmax-2", "k9-softmax-3"}) check_battery(id);
}

}  // namespace
}  // namespace einfall::gpu_ref::test
