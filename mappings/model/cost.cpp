#include "mappings/model/cost.hpp"

#include <algorithm>
#include <cmath>

#include "mappings/ir/capacity.hpp"

namespace einfall::mappings {
namespace {

std::vector<UnitUse> unit_use(const Problem& problem, const Counts& counts, const Exact& cycles) {
  std::vector<UnitUse> out(problem.machine.units.size());
  for (std::size_t i = 0; i < problem.bound.einsums.size(); ++i) {
    UnitUse& use = out[problem.bound.einsums[i].unit.index()];
    const arch::ComputeUnit& unit = problem.machine.units[problem.bound.einsums[i].unit.index()];
    use.busy += on_one_instance(problem.bound, unit, counts.steps[i].busy_cycles);
    use.lane_cycles += counts.steps[i].lane_cycles;
  }
  for (std::size_t u = 0; u < out.size(); ++u) {
    const arch::ComputeUnit& unit = problem.machine.units[u];
    const double slots =
        static_cast<double>(unit.lanes()) * static_cast<double>(unit.instances) * cycles.value();
    out[u].utilization = slots > 0 ? out[u].lane_cycles.value() / slots : 0;
  }
  return out;
}

}  // namespace

std::vector<std::int64_t> bytes_kept(const BoundMapping& bound, std::size_t memories) {
  std::vector<std::int64_t> out;
  for (std::size_t m = 0; m < memories; ++m)
    out.push_back(memory_occupancy(bound, MemoryId(m)).amount);
  return out;
}

base::Result<Cost> cost(const Problem& problem, const Rates& rates, const ModelOptions& options) {
  const auto& [bound, cascade, machine, mapping] = problem;
  Cost out;
  EINFALL_TRY(out.counts, count(bound, cascade, machine, options));
  if (bound.dispatch) {
    EINFALL_TRY(out.dispatch, dispatch_time(bound, cascade, machine, out.counts));
    if (out.dispatch->cycles >= 0x1p62)
      return base::failure(base::error("E901", cascade[bound.einsums.front().einsum].span,
                                       "the run takes more than 2^62 cycles",
                                       "make the ranks smaller, or cost one head"));
    out.cycles = Exact(std::llround(out.dispatch->cycles));
  } else if (bound.schedule.kind == ScheduleKind::kPipelined) {
    EINFALL_TRY(out.pipeline, pipeline_time(bound, cascade, machine, mapping, out.counts, options));
    out.cycles = out.pipeline->cycles;
  } else {
    EINFALL_TRY(out.latency, phased_latency(bound, cascade, machine, out.counts, options));
    out.cycles = out.latency.cycles;
  }
  out.time_s = (out.cycles / Exact(machine.clock.value())).value();
  out.energy_known = rates.known;
  out.energy = energy_parts(bound, cascade, machine, out.counts, rates, options);
  const EnergyTotal total = settle(out.energy);
  out.energy_j = total.joules;
  out.energy_decimals = total.decimals;
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
