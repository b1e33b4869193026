#include "mappings/schedule/tile_timing.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

const arch::ComputeUnit& unit_of(const BoundMapping& bound, const arch::Machine& machine,
                                 StepId step) {
  return machine.units[bound[step].unit.index()];
}

std::int64_t time_trips(const BoundMapping& bound, const std::vector<PartId>& time,
                        PartSet relevant) {
  std::int64_t trips = 1;
  for (const PartId part : time)
    if (relevant.has(part)) trips *= bound[part].trips;
  return trips;
}

// Cycles that a result takes beyond the issue cycles of its operators; a composed one's latency
// counts from its first issue cycle.
std::int64_t beyond_issue(const arch::ComputeUnit& unit, const BoundEinsum& einsum) {
  std::int64_t most = 0;
  for (const OperatorUse& use : einsum.operators) {
    const arch::Operator& op = unit.operators[use.op];
    most = std::max(most, op.latency - op.issue_cycles);
  }
  return most;
}

std::int64_t link_latency(const arch::Machine& machine, const arch::ComputeUnit& from,
                          const arch::ComputeUnit& to) {
  for (const arch::Link& link : machine.links)
    if (link.from == from.name && link.to == to.name) return link.latency.value();
  return 0;
}

// The latency of the memory a value waits in between two iterations, in and out.
std::int64_t memory_latency(const BoundMapping& bound, const arch::Machine& machine,
                            const BoundAccess& read) {
  if (read.forwarded) return 0;
  for (const KeepId keep : read.keeps) {
    if (bound[keep].unit) return 0;
    if (bound[keep].memory)
      return 2 * machine.memories[bound[keep].memory->index()].latency.value();
  }
  return machine.memories.empty() ? 0 : 2 * machine.memories.front().latency.value();
}

TileTiming step_timing(const BoundMapping& bound, const arch::Machine& machine, StepId step) {
  const BoundEinsum& einsum = bound[step];
  const arch::ComputeUnit& unit = unit_of(bound, machine, step);
  TileTiming timing;
  timing.issue = time_trips(bound, einsum.time, PartSet(einsum.time)) * einsum.row_tiles *
                 einsum.column_tiles * einsum.issue_cycles;
  timing.elements = time_trips(bound, einsum.time, einsum.write.relevant);
  const std::int64_t beyond = beyond_issue(unit, einsum);
  const std::int64_t down = unit.rows * (beyond + unit.hop_latency);
  switch (einsum.dataflow) {
    case arch::Dataflow::kOutputStationary:
    case arch::Dataflow::kInPlace:
    case arch::Dataflow::kVector:
      timing.first_result = timing.result_interval() + beyond;
      break;
    case arch::Dataflow::kWeightStationary:
      timing.first_result = down;
      timing.leaves_array = true;
      break;
    case arch::Dataflow::kColumnReduce:
      timing.first_result = down + timing.result_interval() - 1;
      timing.leaves_array = true;
      break;
  }
  return timing;
}

}  // namespace

TileTiming tile_timing(const BoundMapping& bound, const arch::Machine& machine, const Tile& tile) {
  TileTiming timing = step_timing(bound, machine, tile.front());
  for (std::size_t i = 1; i < tile.size(); ++i) {
    const TileTiming next = step_timing(bound, machine, tile[i]);
    timing.issue += next.issue;
    timing.first_result += next.first_result;
    timing.elements = next.elements;
    timing.leaves_array = next.leaves_array;
  }
  timing.issue = std::max<std::int64_t>(1, timing.issue);
  return timing;
}

std::int64_t dependence_delay(const BoundMapping& bound, const arch::Machine& machine,
                              const Tile& from, const Tile& to, const BoundAccess& read) {
  const TileTiming producer = tile_timing(bound, machine, from);
  const TileTiming consumer = tile_timing(bound, machine, to);
  const arch::ComputeUnit& source = unit_of(bound, machine, from.back());
  const arch::ComputeUnit& sink = unit_of(bound, machine, to.back());
  std::int64_t delay = producer.first_result;
  const std::int64_t wanted = time_trips(bound, bound[to.back()].time, read.relevant);
  if (wanted == producer.elements) {
    const std::int64_t pace = consumer.issue / std::max<std::int64_t>(1, wanted);
    delay += std::max<std::int64_t>(0, (wanted - 1) * (producer.result_interval() - pace));
  } else {
    delay = producer.complete();
  }
  if (&source != &sink) {
    delay += link_latency(machine, source, sink);
    // Values that stay in the PEs are shifted out down the columns before another unit has them.
    if (source.kind == arch::UnitKind::kSpatialArray && !producer.leaves_array)
      delay += source.rows * source.hop_latency;
  }
  return delay + memory_latency(bound, machine, read);
}

}  // namespace einfall::mappings
