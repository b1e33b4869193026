#include "explore/functional.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "explore/simulation.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::explore {
namespace {

const std::string kScenarios = EINFALL_SOURCE_DIR "/workloads/scenarios/";

// Sizes: of ranks, over those of the scenario.
Simulated must_simulate(const std::string& name, const Settings& settings,
                        const std::map<std::string, std::string>& sizes) {
  Documents documents;
  const auto scenario = documents.scenarios().get(kScenarios + name);
  REQUIRE(scenario);
  auto resolved = resolve(**scenario, settings, documents.scenarios());
  if (!resolved) FAIL(base::render(resolved.error()));
  for (const auto& [rank, size] : sizes) resolved->sizes[rank] = {size, (*scenario)->span};
  auto costed = cost_scenario(*resolved, documents);
  if (!costed) FAIL(base::render(costed.error()));
  auto simulated = simulate_costed(std::move(*costed), {});
  if (!simulated) FAIL(base::render(simulated.error()));
  return std::move(*simulated);
}

Functional must_run(const std::string& name, const Settings& settings,
                    const std::map<std::string, std::string>& sizes = {}) {
  const Simulated simulated = must_simulate(name, settings, sizes);
  auto functional = run_functional(simulated.costed, *simulated.program, 1);
  if (!functional) FAIL(base::render(functional.error()));
  CHECK(functional->cycles == simulated.cycles);
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
    CHECK(output.deviation.rms < output.magnitude.rms);
  }
}

struct Case {
  std::string scenario;
  Settings settings;
  std::map<std::string, std::string> sizes;
};

void check_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    std::string text = c.scenario;
    for (const auto& [name, value] : c.settings) text += " " + name + "=" + value;
    INFO(text);
    check_equal(must_run(c.scenario, c.settings, c.sizes));
  }
}

TEST_CASE("the pipelined binding computes what the bit-true evaluator does", "[functional]") {
  check_equal(must_run("fusemax.yaml",
                       {{"schedule", "pipelined"}, {"seq_len", "1K"}, {"heads", "1"}},
                       {{"P", "256"}}));
}

TEST_CASE("every design of the study computes what the bit-true evaluator does",
          "[functional][slow]") {
  for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"}) {
    INFO(design);
    check_equal(must_run("fusemax.yaml", {{"design", design}, {"seq_len", "1K"}, {"heads", "1"}},
                         {{"P", "512"}}));
  }
  for (const char* schedule : {"pipelined", "chained", "interleaved"})
    check_equal(must_run("fusemax.yaml",
                         {{"schedule", schedule}, {"seq_len", "1K"}, {"heads", "2"}},
                         {{"P", "512"}}));
}

TEST_CASE("masked attention computes what the bit-true evaluator does", "[functional][slow]") {
  const Settings common{{"model", "BERT"}, {"seq_len", "1K"}, {"batch", "1"}, {"window", "1K"}};
  std::vector<Case> cases;
  for (const char* form : {"causal", "window", "sink"})
    for (const char* schedule : {"phased", "pipelined"}) {
      Settings settings = common;
      settings["form"] = form;
      settings["schedule"] = schedule;
      cases.push_back({"one_pass.yaml", settings, {{"H", "1"}, {"W", "300"}}});
    }
  for (auto& c : cases)
    if (c.settings["form"] != "window") c.sizes.erase("W");
  check_cases(cases);
}

TEST_CASE("recurrences, scans and decoding compute what the bit-true evaluator does",
          "[functional][slow]") {
  const std::map<std::string, std::string> one{{"B", "1"}, {"H", "1"}};
  check_cases(
      {{"two_pass.yaml", {{"seq_len", "1K"}}, one},
       {"linear.yaml", {{"seq_len", "1K"}}, one},
       {"linear.yaml", {{"seq_len", "1K"}, {"form", "causal"}}, one},
       {"linear.yaml", {{"seq_len", "1K"}, {"form", "causal"}, {"schedule", "pipelined"}}, one},
       {"flow.yaml", {{"seq_len", "1K"}}, one},
       {"flow.yaml", {{"seq_len", "1K"}, {"form", "causal"}}, one},
       {"pointwise.yaml", {{"seq_len", "1K"}}, {{"B", "1"}, {"H", "1"}, {"P", "256"}}},
       {"chunked.yaml", {{"seq_len", "1K"}}, one},
       {"chunked.yaml", {{"seq_len", "1K"}, {"schedule", "pipelined"}}, one},
       {"chunked.yaml", {{"seq_len", "1K"}, {"kernel", "gla"}}, one},
       {"decode.yaml", {{"seq_len", "4K"}, {"model", "BERT"}}, {{"H", "2"}}},
       {"paged_decode.yaml", {{"seq_len", "4K"}, {"batch", "1"}}, {}}});
}

TEST_CASE("gathered blocks compute what the bit-true evaluator does", "[functional][slow]") {
  const std::map<std::string, std::string> one{{"H", "1"}};
  std::vector<Case> cases;
  for (const char* selection : {"given", "moba", "quest"})
    cases.push_back(
        {"block_sparse.yaml",
         {{"seq_len", "4K"}, {"model", "BERT"}, {"selection", selection}, {"kept", "4"}},
         one});
  cases.push_back({"latent_decode.yaml", {{"seq_len", "4K"}, {"batch", "1"}}, {}});
  check_cases(cases);
}

// Without the tokens of this name: operations that take one do not wait.
mappings::Program without(mappings::Program program, const std::string& what) {
  std::size_t removed = 0;
  for (mappings::Operation& op : program.operations) {
    const auto named = [&](const mappings::Take& take) {
      return program.tokens[take.token].what == what;
    };
    const auto kept = std::remove_if(op.takes.begin(), op.takes.end(), named);
    removed += static_cast<std::size_t>(op.takes.end() - kept);
    op.takes.erase(kept, op.takes.end());
  }
  INFO(what);
  REQUIRE(removed > 0);
  return program;
}

TEST_CASE("a schedule that does not wait is found out by its values, or does no harm",
          "[functional][slow]") {
  const Simulated run =
      must_simulate("fusemax.yaml", {{"schedule", "pipelined"}, {"seq_len", "1K"}, {"heads", "2"}},
                    {{"P", "512"}});
  int found_out = 0;  // by a value that was not there
  int wrong = 0;      // by other numbers
  for (const mappings::Token& token : run.program->tokens) {
    INFO(token.what);
    const auto broken = run_functional(run.costed, without(*run.program, token.what), 1);
    if (broken && token.lack == mappings::Lack::kSpace) CHECK(broken->agrees());
    if (broken) {
      // Unless another token or the order on a unit made it wait.
      wrong += broken->agrees() ? 0 : 1;
    } else {
      CHECK(broken.error().front().code == "E963");
      ++found_out;
    }
  }
  CHECK(found_out >= 6);
  CHECK(wrong >= 2);
}

// On a machine of odd proportions and with a slow memory.
Simulated must_simulate_small(const std::string& cascade, const std::string& mapping,
                              const std::string& machine, int rows, int columns,
                              const std::string& sizes) {
  const std::string root = EINFALL_SOURCE_DIR;
  const tests::Scratch scratch;
  scratch.write("machine.yaml", fmt::format(R"(einfall: 1
machine: small
extends: {}/arch/specs/{}.yaml
source: small and slow
features:
  units:
    array2d: {{rows: {}, columns: {}, registers: 300, source: chosen}}
    array1d: {{lanes: {}, registers: 512, source: chosen}}
  memories:
    dram: {{bandwidth: 1 GB/s, source: chosen}}
implementation:
  units:
    array2d: {{hop_latency: 1, source: chosen}}
  memories:
    dram: {{latency: 7 cycles, source: chosen}}
no_energy: not asked for
)",
                                            root, machine, rows, columns, columns));
  const std::string path =
      scratch.write("scenario.yaml", fmt::format(R"(einfall: 1
scenario: small
cascade: {0}/workloads/cascades/{1}.yaml
machine: machine.yaml
mapping: {0}/mappings/library/{2}.yaml
sizes: {{{3}}}
)",
                                                 root, cascade, mapping, sizes));
  Documents documents;
  auto simulated = simulate_scenario(path, {}, documents, {});
  if (!simulated) FAIL(base::render(simulated.error()));
  return std::move(*simulated);
}

// One Einsum of a leaf may be ahead of another with its own fetches of the same tensor.
TEST_CASE("a load that is late is found out, another Einsum's of the same slice is not",
          "[functional]") {
  const Simulated run = must_simulate_small("flow_attn", "flow-streamed", "fusemax-cloud-operators",
                                            5, 2, "B: 1, D: 1, F: 12, H: 1, M: 11, P: 11");
  const auto whole = run_functional(run, 1);
  if (!whole) FAIL(base::render(whole.error()));
  check_equal(*whole);
  for (const std::string load : {"FK for OUT", "FK for SKO"}) {
    INFO(load);
    const auto broken = run_functional(run.costed, without(*run.program, load), 1);
    REQUIRE(!broken);
    CHECK(broken.error().front().code == "E963");
  }
}

TEST_CASE("a late operand of a software pipeline is found out", "[functional]") {
  const Simulated run =
      must_simulate_small("lightning_chunk", "lightning-pipelined", "fusemax-cloud-deep", 12, 12,
                          "B: 1, D: 11, F: 7, H: 1, L: 12, N: 36");
  const auto whole = run_functional(run, 1);
  if (!whole) FAIL(base::render(whole.error()));
  check_equal(*whole);
  const auto broken = run_functional(run.costed, without(*run.program, "LAM for ST"), 1);
  REQUIRE(!broken);
  CHECK(broken.error().front().code == "E963");
}

// Loads by their tensor's name: "RM for PRM".
int late_loads(const Simulated& run, const std::string& tensor) {
  int found_out = 0;
  for (const mappings::Token& token : run.program->tokens) {
    if (token.lack != mappings::Lack::kOperand || token.what.rfind(tensor + " for ", 0) != 0)
      continue;
    INFO(token.what);
    const auto broken = run_functional(run.costed, without(*run.program, token.what), 1);
    if (broken) continue;  // an operand that is later made it wait
    CHECK(broken.error().front().code == "E963");
    ++found_out;
  }
  return found_out;
}

TEST_CASE("what leaves unfinished is not there before it has come back", "[functional]") {
  const Simulated states = must_simulate_small("attn_1pass", "flash-attention-1", "fusemax-cloud",
                                               5, 12, "B: 1, E: 4, F: 3, H: 1, M: 87, P: 31");
  const auto whole = run_functional(states, 1);
  if (!whole) FAIL(base::render(whole.error()));
  check_equal(*whole);
  CHECK(late_loads(states, "RM") > 0);
  const Simulated sums = must_simulate_small("linear_layer", "linear-layer-partial",
                                             "fusemax-cloud", 5, 12, "T: 40, K: 2050, N: 7");
  const auto summed = run_functional(sums, 1);
  if (!summed) FAIL(base::render(summed.error()));
  check_equal(*summed);
  CHECK(late_loads(sums, "Y") > 0);
}

}  // namespace
}  // namespace einfall::explore
