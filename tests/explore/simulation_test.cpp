#include "explore/simulation.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "explore/trace.hpp"
#include "tests/explore/simulated.hpp"

namespace einfall::explore {
namespace {

using tests::check_books;
using tests::check_same;
using tests::must_simulate;

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
      EINFALL_SOURCE_DIR "/workloads/scenarios/fusemax.yaml",
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
