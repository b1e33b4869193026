#include <fstream>

#include "tests/explore/simulated.hpp"

/// Documents of hundreds of Einsums.
namespace einfall::explore {
namespace {

constexpr int kEinsums = 150;

// T1 = exp(T0), T2 = exp(T1) ... each through the outermost memory: all in one loop, or each in
// loops of its own.
std::string write_chain(bool shared) {
  const std::string stem = EINFALL_BINARY_DIR "/chain_" + std::string(shared ? "shared" : "own");
  std::string expressions, nest, units, sections;
  for (int i = 1; i <= kEinsums; ++i) {
    const std::string t = "T" + std::to_string(i);
    expressions += "  " + t + "[b, m] = exp(T" + std::to_string(i - 1) + "[b, m])\n";
    nest += shared ? "      - loops: [M1]\n        einsums: [" + t + "]\n"
                   : "  - loops: [B, M1]\n    einsums: [" + t + "]\n";
    units += "  " + t + ": {unit: array1d, lanes: M0}\n";
  }
  const std::string last = "T" + std::to_string(kEinsums);
  std::ofstream(stem + "_cascade.yaml")
      << "einfall: 1\nname: chain\ndoc: one after another\nranks: {B: 6, M: 4096}\n"
      << "declaration: {T0: [B, M], " << last << ": [B, M]}\nexpressions: |\n"
      << expressions << "outputs: [" << last << "]\n";
  std::ofstream(stem + "_mapping.yaml")
      << "einfall: 1\nmapping: chain\ndoc: one after another\n"
      << "partition: {M: [M1, M0: array1d.lanes]}\nnest:\n"
      << (shared ? "  - loops: [B]\n    nest:\n" : "") << nest << "bind:\n"
      << units << "schedule: {kind: sequential}\n";
  std::ofstream(stem + ".yaml") << "einfall: 1\nscenario: chain\ndoc: one after another\ncascade: "
                                << stem << "_cascade.yaml\nmachine: " << EINFALL_SOURCE_DIR
                                << "/arch/specs/fusemax-cloud.yaml\nmapping: " << stem
                                << "_mapping.yaml\n";
  return stem + ".yaml";
}

Simulated must_run(const std::string& path, bool fast_forward) {
  Documents documents;
  SimulationOptions options;
  options.execution.fast_forward = fast_forward;
  auto simulated = simulate_scenario(path, {}, documents, options);
  if (!simulated) FAIL(base::render(simulated.error()));
  return std::move(*simulated);
}

TEST_CASE("a long chain of Einsums takes operations in proportion, and skipping changes nothing",
          "[simulation]") {
  for (const bool shared : {true, false}) {
    INFO(shared);
    const std::string path = write_chain(shared);
    const Simulated run = must_run(path, true);
    tests::check_books(run);
    tests::check_same(run, must_run(path, false));
    // Of each Einsum: itself, what it loads and stores, and the barriers at their ends.
    CHECK(run.program->operations.size() < 12 * kEinsums);
  }
}

}  // namespace
}  // namespace einfall::explore
