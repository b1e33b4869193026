#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explore/costing.hpp"
#include "explore/recording.hpp"
#include "mappings/program/program.hpp"
#include "sim/engine/execution.hpp"
#include "sim/registers/registers.hpp"

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

/// Busy cycles, bytes or words by both witnesses.
struct SimulatedCount {
  std::string what;
  mappings::Exact simulated, analytic;
};

/// The most registers beside a PE or lane of a unit that were needed at once.
struct SimulatedRegisters {
  mappings::UnitId unit;
  std::int64_t entries = 0;  // that there are
  sim::RegisterUse::Peak peak;
};

struct SimulatedPart;

struct Simulated {
  Costed costed;  // the same scenario by the analytic model
  sim::ExecutionOptions execution;
  std::shared_ptr<const mappings::Program> program;
  std::int64_t cycles = 0;
  double time_s = 0;
  std::int64_t skipped_cycles = 0;
  std::vector<SimulatedEngine> engines;
  std::vector<sim::OperationUse> operations;  // by operation of the program
  /// The unit that is busy longest (into `engines`), and when it first began and last ended.
  std::size_t slowest = 0;
  std::int64_t first_began = 0, last_ended = 0;
  /// Of a pipeline, by the slowest unit: the cycles from one epoch to the next that are most
  /// frequent, and their mean over the run.
  struct Interval {
    std::int64_t usual = 0;
    double mean = 0;
  };
  std::optional<Interval> interval;
  std::vector<std::int64_t> words;                // by flow of the program
  std::vector<mappings::MemoryTraffic> memories;  // by Machine::memories
  /// By unit, of the first `watched` operations; empty if they were not watched.
  std::vector<SimulatedRegisters> registers;
  std::int64_t watched = 0;
  /// Of the outermost memory, where it was simulated by its banks.
  std::optional<sim::DramCounters> dram;
  /// Everything that is counted twice; only time may differ.
  std::vector<SimulatedCount> counts;
  std::vector<std::string> differences;  // counts that do, in words
  bool energy_known = true;
  double energy_j = 0;               // what was counted costs what the analytic model says
  double dram_bytes = 0;             // read and written at the outermost memory
  double wall_s = 0;                 // that the simulation took
  std::vector<SimulatedPart> parts;  // of a composition, one after another
};
struct SimulatedPart {
  std::string name;
  Simulated simulated;
};

struct SimulationOptions {
  sim::ExecutionOptions execution;
  /// The outermost memory by its timing table instead of bandwidth and latency.
  bool dram_banks = false;
  Recording* recording = nullptr;  // of a run that is no composition
  /// Operations from the beginning whose use of registers is watched, in a run of their own.
  std::int64_t watched = 0;
  /// Told now and then how far a run (a part of a composition) has come: cycles, and the share of
  /// its words that have moved.
  std::function<void(std::int64_t cycles, double share)> progress;
};

/// A scenario that has been costed. Errors: those of lowering, E960 a deadlock, E964 a memory that
/// cannot be simulated so.
[[nodiscard]] base::Result<Simulated> simulate_costed(Costed costed,
                                                      const SimulationOptions& options);

/// Enough for several epochs of every steady state.
inline constexpr std::int64_t kWatched = 4000;

/// The witnesses count differently though no quirk asks one of them to: one of them is wrong.
[[nodiscard]] bool miscounted(const Simulated& simulated);

/// "fill of Q by BQK".
[[nodiscard]] std::string flow_name(const Costed& costed, const mappings::Flow& flow);

/// Errors: those of cost_scenario and lowering, and E960 a deadlock: who waits for whom.
[[nodiscard]] base::Result<Simulated> simulate_scenario(const std::string& path,
                                                        const Settings& settings,
                                                        Documents& documents,
                                                        const SimulationOptions& options);

/// For a terminal: cycles beside the analytic model's, and for every engine busy and stalls, which
/// add up to the run.
[[nodiscard]] std::string simulation_text(const Simulated& simulated);

}  // namespace einfall::explore
