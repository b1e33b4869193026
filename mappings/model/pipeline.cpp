#include "mappings/model/pipeline.hpp"

#include <algorithm>

#include "mappings/model/latency.hpp"
#include "mappings/model/pipeline_runs.hpp"

namespace einfall::mappings {
namespace {

Exact per_epoch(const Exact& cycles, const Timetable& timetable) {
  return cycles / Exact(std::max<std::int64_t>(1, timetable.issued_epochs()));
}

}  // namespace

base::Result<PipelineTime> pipeline_time(const BoundMapping& bound, const einsum::Cascade& cascade,
                                         const arch::Machine& machine, const Mapping& mapping,
                                         const Counts& counts, const ModelOptions& options) {
  PipelineTime out;
  EINFALL_TRY(out.timetable, build_timetable(cascade, machine, mapping, bound));
  const std::vector<MemoryTraffic> moved = traffic(counts.flows, machine.memories.size());
  std::int64_t rows = 0;  // cycles that the busiest ports take
  for (std::size_t m = 0; m < machine.memories.size(); ++m) {
    const std::int64_t cycles =
        options.unlimited_ports ? 0 : port_cycles(machine.memories[m], moved[m]);
    out.ports.push_back(per_epoch(Exact(cycles), out.timetable));
    rows = std::max(rows, cycles);
  }
  const Exact widest = per_epoch(Exact(rows), out.timetable);
  Exact moving = 0;
  if (machine.memories.front().bandwidth)
    moving = moved.front().bytes() *
             Exact(machine.clock.value(), machine.memories.front().bandwidth->value());
  out.memory = per_epoch(moving, out.timetable);
  if (Exact(out.timetable.interval) < widest && !bound.schedule.interval) {
    BoundMapping slower = bound;
    slower.schedule.interval = widest.ceil();
    EINFALL_TRY(out.timetable, build_timetable(cascade, machine, mapping, slower));
  }
  EINFALL_TRY(const Body body, find_body(cascade, mapping, bound));
  out.timetable.stores = pipeline_stores(bound, out.timetable, body, counts);
  out.run = run_recurrence(out.timetable);
  const auto cycles = cycles_of_runs(out.timetable, out.run);
  if (!cycles)
    return base::failure(base::error("E901", cascade[bound.einsums.front().einsum].span,
                                     "the run takes more than 2^62 cycles",
                                     "make the ranks smaller, or cost one head or query block"));
  out.all_runs = *cycles;
  const bool idle = std::all_of(bound.einsums.begin(), bound.einsums.end(),
                                [](const BoundEinsum& step) { return step.visits == 0; });
  if (idle) return out;
  // The recurrence knows no ports, which no run outpaces.
  out.cycles = std::max({*cycles, rows, moving.ceil().value_or(*cycles)});
  return out;
}

}  // namespace einfall::mappings
