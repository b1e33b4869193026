#include "mappings/model/cost.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

std::vector<UnitUse> unit_use(const Problem& problem, const Counts& counts, const Exact& cycles) {
  std::vector<UnitUse> out(problem.machine.units.size());
  for (std::size_t i = 0; i < problem.bound.einsums.size(); ++i) {
    UnitUse& use = out[problem.bound.einsums[i].unit.index()];
    use.busy += counts.steps[i].busy_cycles;
    use.lane_cycles += counts.steps[i].lane_cycles;
  }
  for (std::size_t u = 0; u < out.size(); ++u) {
    const arch::ComputeUnit& unit = problem.machine.units[u];
    const double slots = static_cast<double>(unit.lanes()) * cycles.value();
    out[u].utilization = slots > 0 ? out[u].lane_cycles.value() / slots : 0;
  }
  return out;
}

std::int64_t kept_under(const BoundMapping& bound, NodeId id, std::size_t memory) {
  std::int64_t own = 0;
  for (const KeepId keep_id : bound[id].keeps) {
    const BoundKeep& keep = bound[keep_id];
    if (!keep.memory || keep.memory->index() != memory || keep.in_place_of) continue;
    const Exact bytes = Exact(keep.slice) * Exact(keep.bits, 8) * Exact(keep.copies) *
                        Exact(keep.resident_numerator, keep.resident_denominator);
    own += bytes.ceil().value_or(0);
  }
  std::int64_t most = 0;
  for (const NodeId child : bound[id].children)
    most = std::max(most, kept_under(bound, child, memory));
  return own + most;
}

}  // namespace

std::vector<std::int64_t> bytes_kept(const BoundMapping& bound, std::size_t memories) {
  std::vector<std::int64_t> out(memories, 0);
  for (std::size_t m = 0; m < memories; ++m)
    for (const NodeId root : bound.roots) out[m] = std::max(out[m], kept_under(bound, root, m));
  return out;
}

base::Result<Cost> cost(const Problem& problem, const Rates& rates, const ModelOptions& options) {
  const auto& [bound, cascade, machine, mapping] = problem;
  Cost out;
  EINFALL_TRY(out.counts, count(bound, cascade, machine, options));
  if (bound.schedule.kind == ScheduleKind::kPipelined) {
    EINFALL_TRY(out.pipeline, pipeline_time(bound, cascade, machine, mapping, out.counts, options));
    out.cycles = out.pipeline->cycles;
  } else {
    EINFALL_TRY(out.latency, phased_latency(bound, cascade, machine, out.counts, options));
    out.cycles = out.latency.cycles;
  }
  out.time_s = (out.cycles / Exact(machine.clock.value())).value();
  out.energy_known = rates.known;
  out.energy = energy_parts(bound, cascade, machine, out.counts, rates, options);
  out.energy_j = base::joules(base::Picojoules(total_picojoules(out.energy))).value();
  out.units = unit_use(problem, out.counts, out.cycles);
  const std::vector<Flow>& flows = out.counts.flows;
  std::vector<Flow> needed;
  std::copy_if(flows.begin(), flows.end(), std::back_inserter(needed),
               [](const Flow& flow) { return flow.kind != FlowKind::kExtraRead; });
  const std::vector<MemoryTraffic> moved = traffic(needed, machine.memories.size());
  const std::vector<std::int64_t> kept = bytes_kept(bound, machine.memories.size());
  for (std::size_t m = 0; m < machine.memories.size(); ++m)
    out.memories.push_back({moved[m], kept[m]});
  return out;
}

}  // namespace einfall::mappings
