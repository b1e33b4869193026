#include "explore/simulation.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "explore/trace.hpp"

namespace einfall::explore {
namespace {

const std::string kScenarios = EINFALL_SOURCE_DIR "/workloads/scenarios/";

Simulated must_simulate(const std::string& name, const Settings& settings, bool fast_forward) {
  Documents documents;
  SimulationOptions options;
  options.execution.fast_forward = fast_forward;
  auto simulated = simulate_scenario(kScenarios + name, settings, documents, options);
  if (!simulated) FAIL(base::render(simulated.error()));
  return std::move(*simulated);
}

void check_books(const Simulated& run) {
  for (const std::string& difference : run.differences) FAIL_CHECK(difference);
  for (const SimulatedEngine& engine : run.engines) {
    INFO(engine.name);
    std::int64_t sum = engine.use.busy;
    for (const std::int64_t stall : engine.use.stalls) {
      CHECK(stall >= 0);
      sum += stall;
    }
    CHECK(sum == run.cycles);
  }
  for (std::size_t u = 0; u < run.costed.machine->units.size(); ++u)
    CHECK(mappings::Exact(run.engines[u].use.busy) == run.costed.cost.units[u].busy);
  for (std::size_t m = 0; m < run.memories.size(); ++m) {
    CHECK(run.memories[m].read_bytes == run.costed.cost.memories[m].traffic.read_bytes);
    CHECK(run.memories[m].write_bytes == run.costed.cost.memories[m].traffic.write_bytes);
  }
}

void check_same(const Simulated& skipped, const Simulated& stepped) {
  CHECK(stepped.skipped_cycles == 0);
  CHECK(skipped.cycles == stepped.cycles);
  CHECK(skipped.words == stepped.words);
  REQUIRE(skipped.engines.size() == stepped.engines.size());
  for (std::size_t e = 0; e < skipped.engines.size(); ++e) {
    INFO(skipped.engines[e].name);
    CHECK(skipped.engines[e].use.busy == stepped.engines[e].use.busy);
    CHECK(skipped.engines[e].use.visits == stepped.engines[e].use.visits);
    CHECK(skipped.engines[e].use.stalls == stepped.engines[e].use.stalls);
  }
}

TEST_CASE("every design of the study is simulated with the counts of the analytic model",
          "[simulation]") {
  for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"})
    for (const char* length : {"1K", "4K", "16K"}) {
      INFO(design << " " << length);
      const Settings settings{{"design", design}, {"seq_len", length}, {"heads", "3"}};
      const Simulated run = must_simulate("fusemax.yaml", settings, true);
      check_books(run);
      if (std::string(length) != "16K")
        check_same(run, must_simulate("fusemax.yaml", settings, false));
    }
}

TEST_CASE("the pipelined binding reaches an interval of 138 cycles in the simulator",
          "[simulation]") {
  for (const char* model : {"BERT", "TrXL", "T5", "XLM"}) {
    const Settings settings{{"design", "binding"},
                            {"schedule", "pipelined"},
                            {"model", model},
                            {"seq_len", "16K"},
                            {"heads", "1"}};
    INFO(model);
    const Simulated run = must_simulate("fusemax.yaml", settings, true);
    check_books(run);
    check_same(run, must_simulate("fusemax.yaml", settings, false));
    // Uncontended: the recurrence and the kernel differ by what the order of the first slices and
    // the overlap of two runs make, less than one part in a thousand.
    const double analytic = run.costed.cost.cycles.value();
    CHECK(static_cast<double>(run.cycles) == Approx(analytic).epsilon(1e-3));
    CHECK(run.cycles > run.costed.cost.pipeline->timetable.interval *
                           (run.costed.cost.pipeline->timetable.epochs - 1));
  }
}

TEST_CASE("a head of a million tokens is skipped through in few operations", "[simulation]") {
  const Simulated run = must_simulate(
      "fusemax.yaml",
      {{"design", "binding"}, {"schedule", "pipelined"}, {"seq_len", "1M"}, {"heads", "1"}}, true);
  check_books(run);
  CHECK(run.skipped_cycles > run.cycles / 100 * 99);
}

TEST_CASE("a trace holds every operation at its time, and none overlaps on its engine",
          "[simulation]") {
  Documents documents;
  SimulationOptions options;
  Trace trace;
  options.observer = trace.observer();
  const auto run = simulate_scenario(
      kScenarios + "fusemax.yaml",
      {{"design", "binding"}, {"schedule", "pipelined"}, {"seq_len", "1K"}, {"heads", "2"}},
      documents, options);
  REQUIRE(run);
  CHECK(run->skipped_cycles == 0);
  const auto json = nlohmann::json::parse(trace.json(*run->program));
  std::vector<std::int64_t> end(run->engines.size(), 0), visits(run->engines.size(), 0);
  for (const auto& event : json["traceEvents"]) {
    if (event["ph"] != "X") continue;
    const std::size_t engine = event["tid"];
    CHECK(event["ts"] >= end[engine]);
    end[engine] = event["ts"].get<std::int64_t>() + event["dur"].get<std::int64_t>();
    ++visits[engine];
  }
  for (std::size_t e = 0; e < visits.size(); ++e) CHECK(visits[e] == run->engines[e].use.visits);
}

}  // namespace
}  // namespace einfall::explore
