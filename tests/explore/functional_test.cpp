#include "explore/functional.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "explore/simulation.hpp"

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
  for (const char* schedule : {"pipelined", "chained"})
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

}  // namespace
}  // namespace einfall::explore
