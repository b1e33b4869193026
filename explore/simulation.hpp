#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "explore/costing.hpp"
#include "mappings/program/program.hpp"
#include "sim/engine/execution.hpp"

/// A scenario executed by the cycle-level simulator.
namespace einfall::explore {

/// What an engine did, under its name: units first, then the streams of data, then the memories:
/// the cycles that all ports (pins) together would take for what moved, the rest idle.
struct SimulatedEngine {
  std::string name;
  bool unit = false;
  sim::EngineUse use;
  /// Useful lane-cycles over all lane-cycles of the run; units only.
  double utilization = 0;
};

struct SimulatedPart;

struct Simulated {
  Costed costed;  // the same scenario by the analytic model
  std::shared_ptr<const mappings::Program> program;
  std::int64_t cycles = 0;
  double time_s = 0;
  std::int64_t skipped_cycles = 0;
  std::vector<SimulatedEngine> engines;
  std::vector<std::int64_t> words;                // by flow of the program
  std::vector<mappings::MemoryTraffic> memories;  // by Machine::memories
  /// Flows of which another number of words moved than the analytic model counts.
  std::vector<std::string> differences;
  double wall_s = 0;                 // that the simulation took
  std::vector<SimulatedPart> parts;  // of a composition, one after another
};
struct SimulatedPart {
  std::string name;
  Simulated simulated;
};

struct SimulationOptions {
  sim::ExecutionOptions execution;
  sim::Execution::Observer observer;
};

/// Errors: those of cost_scenario and lowering, and E960 a deadlock: who waits for whom.
[[nodiscard]] base::Result<Simulated> simulate_scenario(const std::string& path,
                                                        const Settings& settings,
                                                        Documents& documents,
                                                        const SimulationOptions& options);

/// For a terminal: cycles beside the analytic model's, and for every engine busy and stalls, which
/// add up to the run.
[[nodiscard]] std::string simulation_text(const Simulated& simulated);

}  // namespace einfall::explore
