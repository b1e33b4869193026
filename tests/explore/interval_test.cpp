#include <fstream>
#include <sstream>

#include "tests/explore/simulated.hpp"

/// An interval that a mapping gives is kept, in the model and in the simulator.
namespace einfall::explore {
namespace {

// FuseMax's pipelined binding, one head of 1024 queries and keys: 16 epochs in a run.
Simulated must_run(std::int64_t interval, const std::string& ports, bool fast_forward) {
  std::ifstream library(EINFALL_SOURCE_DIR "/mappings/library/binding-pipelined.yaml");
  std::stringstream text;
  text << library.rdbuf();
  std::string mapping = text.str();
  const std::string found = "interval: auto";
  const std::size_t at = mapping.find(found);
  REQUIRE(at != std::string::npos);
  mapping.replace(at, found.size(), "interval: " + std::to_string(interval));
  const std::string stem = EINFALL_BINARY_DIR "/interval_" + std::to_string(interval);
  mapping.erase(mapping.find("\nexample:"));
  std::ofstream(stem + "_mapping.yaml") << mapping << '\n';
  std::ofstream(stem + ".yaml") << "einfall: 1\nscenario: interval\ndoc: given\ncascade: "
                                << EINFALL_SOURCE_DIR "/workloads/cascades/attn_1pass.yaml\n"
                                << "machine: " << EINFALL_SOURCE_DIR "/arch/specs/fusemax-cloud"
                                << ports << ".yaml\nmapping: " << stem << "_mapping.yaml\n"
                                << "sizes: {B: 1, H: 1, E: 64, F: 64, P: 1024, M: 1024}\n";
  Documents documents;
  SimulationOptions options;
  options.execution.fast_forward = fast_forward;
  auto simulated = simulate_scenario(stem + ".yaml", {}, documents, options);
  if (!simulated) FAIL(base::render(simulated.error()));
  return std::move(*simulated);
}

TEST_CASE("epochs come no sooner than at the interval that is given", "[simulation]") {
  std::int64_t before = 0;
  for (const std::int64_t interval : {138, 139, 200, 500}) {
    INFO(interval);
    const Simulated run = must_run(interval, "", true);
    tests::check_books(run);
    tests::check_same(run, must_run(interval, "", false));
    REQUIRE(run.interval);
    CHECK(run.interval->usual == interval);
    // Every epoch but the first comes an interval after the one before it.
    if (before != 0) CHECK(run.cycles > before);
    CHECK(run.cycles >= 15 * interval);
    CHECK(static_cast<double>(run.cycles) ==
          Approx(static_cast<double>(run.costed.cost.cycles.numerator())).epsilon(0.04));
    before = run.cycles;
  }
}

TEST_CASE("ports that hold an epoch up do not make the next ones later than the interval",
          "[simulation]") {
  const Simulated run = must_run(500, "-2port", true);
  REQUIRE(run.interval);
  CHECK(run.interval->usual == 500);
}

}  // namespace
}  // namespace einfall::explore
