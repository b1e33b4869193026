#include "explore/functional.hpp"

#include <catch2/catch.hpp>

#include "explore/simulation.hpp"

namespace einfall::explore {
namespace {

const std::string kScenarios = EINFALL_SOURCE_DIR "/workloads/scenarios/";

Functional must_run(const std::string& name, const Settings& settings) {
  Documents documents;
  auto simulated = simulate_scenario(kScenarios + name, settings, documents, {});
  if (!simulated) FAIL(base::render(simulated.error()));
  auto functional = run_functional(simulated->costed, *simulated->program, 1);
  if (!functional) FAIL(base::render(functional.error()));
  CHECK(functional->cycles == simulated->cycles);
  return std::move(*functional);
}

void check_equal(const Functional& run) {
  CHECK(!run.made.empty());
  for (const FunctionalTensor& tensor : run.made) {
    INFO(tensor.name);
    CHECK(tensor.compared > 0);
    CHECK(tensor.different == 0);
  }
  CHECK(!run.outputs.empty());
  for (const FunctionalOutput& output : run.outputs) {
    INFO(output.stored.name);
    CHECK(output.stored.compared > 0);
    CHECK(output.stored.different == 0);
    CHECK(output.deviation.finite > 0);
  }
}

TEST_CASE("every design of the study computes what the bit-true evaluator does", "[functional]") {
  for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"}) {
    INFO(design);
    check_equal(must_run("fusemax.yaml", {{"design", design}, {"seq_len", "1K"}, {"heads", "1"}}));
  }
}

}  // namespace
}  // namespace einfall::explore
