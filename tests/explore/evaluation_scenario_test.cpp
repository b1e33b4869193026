#include <catch2/catch.hpp>

#include "explore/evaluation.hpp"

namespace einfall::explore {
namespace {

const std::string kRoot = EINFALL_SOURCE_DIR;
const std::string kFusemax = kRoot + "/workloads/scenarios/fusemax.yaml";

Evaluation must_evaluate(const EvaluationRequest& request) {
  base::Diagnostics remarks;
  auto evaluation = evaluate_cascade(request, remarks);
  if (!evaluation) FAIL(base::render(evaluation.error()));
  return std::move(*evaluation);
}

std::string code_of(const EvaluationRequest& request) {
  base::Diagnostics remarks;
  const auto evaluation = evaluate_cascade(request, remarks);
  return evaluation ? "" : evaluation.error().front().code;
}

EvaluationRequest small_scenario() {
  EvaluationRequest request;
  request.cascade = kFusemax;
  request.settings = {{"heads", "1"}, {"seq_len", "320"}};
  return request;
}

TEST_CASE("a scenario hands its machine's numerics to the bit-true values", "[evaluation]") {
  EvaluationRequest request = small_scenario();
  request.mode = einsum::NumericMode::kBitTrue;
  const Evaluation by_scenario = must_evaluate(request);
  CHECK(by_scenario.machine == "fusemax-cloud");

  // The same by hand: the cascade, the sizes of the bound mapping, the machine.
  EvaluationRequest by_hand;
  by_hand.cascade = kRoot + "/workloads/cascades/attn_1pass.yaml";
  by_hand.sizes = {{"B", 1}, {"H", 1}, {"E", 64}, {"F", 64}, {"P", 320}, {"M", 320}, {"M0", 256}};
  by_hand.machine = kRoot + "/arch/specs/fusemax-cloud.yaml";
  by_hand.mode = einsum::NumericMode::kBitTrue;
  const Evaluation same = must_evaluate(by_hand);
  CHECK(by_scenario.sizes == same.sizes);
  REQUIRE(by_scenario.outputs.size() == 1);
  CHECK(by_scenario.outputs[0].values.rms == same.outputs[0].values.rms);
  CHECK(by_scenario.outputs[0].deviation->rms == same.outputs[0].deviation->rms);

  // Its bf16 shows: without the machine nothing is rounded, since the cascade declares no types.
  by_hand.machine.clear();
  const Evaluation unrounded = must_evaluate(by_hand);
  CHECK(unrounded.machine.empty());
  CHECK(unrounded.outputs[0].deviation->rms < 1e-14);
  CHECK(by_scenario.outputs[0].deviation->rms > 1e-5);
}

TEST_CASE("in reference mode a scenario gives its cascade and sizes only", "[evaluation]") {
  const Evaluation reference = must_evaluate(small_scenario());
  CHECK(reference.cascade == "attn_1pass");
  CHECK(reference.machine.empty());
  // A size from outside wins over the scenario's.
  EvaluationRequest request = small_scenario();
  request.sizes = {{"F", 8}};
  CHECK(must_evaluate(request).outputs[0].shape == std::vector<std::int64_t>{1, 1, 8, 320});
}

TEST_CASE("a composition has no cascade to evaluate, and a scenario one machine", "[evaluation]") {
  EvaluationRequest composed;
  composed.cascade = kRoot + "/workloads/scenarios/encoder_layer.yaml";
  CHECK(code_of(composed) == "E959");
  EvaluationRequest two_machines = small_scenario();
  two_machines.machine = kRoot + "/arch/specs/tpu-like.yaml";
  two_machines.mode = einsum::NumericMode::kBitTrue;
  CHECK(code_of(two_machines) == "E959");
  EvaluationRequest unknown = small_scenario();
  unknown.settings["sequence"] = "1K";
  CHECK(code_of(unknown) == "E951");
  EvaluationRequest cascade;
  cascade.cascade = kRoot + "/workloads/cascades/attn_1pass.yaml";
  cascade.settings = {{"seq_len", "1K"}};
  CHECK(code_of(cascade) == "E221");
}

}  // namespace
}  // namespace einfall::explore
