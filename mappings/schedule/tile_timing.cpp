#include "mappings/schedule/tile_timing.hpp"

#include <algorithm>

#include "mappings/ir/sum_waits.hpp"
#include "mappings/schedule/tile_edges.hpp"

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

// Cycles that a result takes beyond the issue cycles of its operators, each of which waits for the
// one before.
std::int64_t beyond_issue(const arch::ComputeUnit& unit, const BoundEinsum& einsum) {
  std::int64_t sum = 0;
  for (const OperatorUse& use : einsum.operators) {
    const arch::Operator& op = unit.operators[use.op];
    sum += use.count * (op.latency - op.issue_cycles);
  }
  return sum;
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
  const std::int64_t waits = sum_waits(bound, machine, einsum);
  TileTiming timing;
  timing.issue = time_trips(bound, einsum.time, PartSet(einsum.time)) * einsum.row_tiles *
                 einsum.column_tiles * (einsum.issue_cycles + waits);
  timing.elements = time_trips(bound, einsum.time, einsum.write.relevant);
  const std::int64_t down = unit.rows * row_skew(unit);
  switch (einsum.dataflow) {
    case arch::Dataflow::kOutputStationary:
    case arch::Dataflow::kInPlace:
    case arch::Dataflow::kVector:
      // Nobody waits behind the last step of a sum.
      timing.first_result = timing.result_interval() + beyond_issue(unit, einsum) - waits;
      break;
    case arch::Dataflow::kWeightStationary:
    case arch::Dataflow::kColumnReduce:
      timing.first_result = down + timing.result_interval() - 1;
      timing.leaves_array = true;
      break;
  }
  return timing;
}

// Of the Einsum that comes second in turns with this one.
std::int64_t turns_of_other(const BoundMapping& bound, const arch::Machine& machine, StepId step) {
  for (const BoundInterleave& pair : bound.schedule.interleave)
    if (pair.first == step) return step_timing(bound, machine, pair.second).issue;
  return 0;
}

// How much later than the first the results would all come if the reader took one every `pace`
// cycles: largest at an end, or where the turns are over.
std::int64_t behind_first(const TileTiming& timing, std::int64_t pace) {
  const std::int64_t own = std::max<std::int64_t>(1, timing.result_interval());
  const std::int64_t last = timing.elements - 1;
  std::int64_t most = 0;
  for (const std::int64_t n : {timing.turns / own, timing.turns / own + 1, last}) {
    const std::int64_t at = std::min(n, last);
    most = std::max(most, timing.result(at) - timing.first_result - at * pace);
  }
  return most;
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
  timing.turns = turns_of_other(bound, machine, tile.back());
  timing.first_result += std::min(timing.result_interval() - 1, timing.turns);
  return timing;
}

DependenceDelay dependence_delay(const BoundMapping& bound, const arch::Machine& machine,
                                 const Tile& from, const Tile& to, const BoundAccess& read) {
  const TileTiming producer = tile_timing(bound, machine, from);
  const TileTiming consumer = tile_timing(bound, machine, to);
  const arch::ComputeUnit& source = unit_of(bound, machine, from.back());
  const arch::ComputeUnit& sink = unit_of(bound, machine, to.back());
  std::int64_t delay = producer.first_result;
  const std::int64_t wanted = time_trips(bound, bound[to.back()].time, read.relevant);
  if (wanted == producer.elements) {
    const std::int64_t pace = consumer.issue / std::max<std::int64_t>(1, wanted);
    delay += behind_first(producer, pace);
  } else {
    delay = producer.complete();
  }
  if (&source != &sink)
    delay += link_latency(machine, source, sink) + tile_edges(bound, machine, from).to_foot;
  return {delay + memory_latency(bound, machine, read),
          wanted != producer.elements || producer.elements == 1};
}

}  // namespace einfall::mappings
