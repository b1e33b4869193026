#pragma once

#include <optional>
#include <vector>

#include "mappings/model/dispatch_time.hpp"
#include "mappings/model/energy.hpp"
#include "mappings/model/latency.hpp"
#include "mappings/model/pipeline.hpp"

/// The analytic model as one call: counts, time, energy and use of every part.
namespace einfall::mappings {

/// What is costed; all only read.
struct Problem {
  const BoundMapping& bound;
  const einsum::Cascade& cascade;
  const arch::Machine& machine;
  const Mapping& mapping;  // for messages
};

struct UnitUse {
  Exact busy = 0;          // cycles in which the unit, the busiest of its instances, issues
  Exact lane_cycles = 0;   // lanes that do a present point's work, over all cycles
  double utilization = 0;  // lane_cycles / (lanes of all instances * cycles of the run)
};
struct MemoryUse {
  MemoryTraffic traffic;
  std::int64_t bytes_kept = 0;  // most that is live at a time
};

struct Cost {
  Counts counts;
  Latency latency;                       // sequential and phased schedules
  std::optional<PipelineTime> pipeline;  // pipelined ones
  std::optional<DispatchTime> dispatch;  // mappings that dispatch tasks: they have no latency
  Exact cycles = 0;
  double time_s = 0;
  std::vector<EnergyPart> energy;
  double energy_j = 0;      // the sum of the parts' joules, exactly
  int energy_decimals = 0;  // that they have
  bool energy_known = true;
  std::vector<UnitUse> units;       // by Machine::units
  std::vector<MemoryUse> memories;  // by Machine::memories
};

/// Errors: E901, E902, E880 to E885.
[[nodiscard]] base::Result<Cost> cost(const Problem& problem, const Rates& rates,
                                      const ModelOptions& options);

/// Bytes kept in each memory at the worst place of the nest: what a node keeps, and the most that
/// one of its children keeps. Tensors that share storage count once.
[[nodiscard]] std::vector<std::int64_t> bytes_kept(const BoundMapping& bound, std::size_t memories);

}  // namespace einfall::mappings
