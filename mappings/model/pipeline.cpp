#include "mappings/model/pipeline.hpp"

#include <algorithm>

#include "mappings/model/latency.hpp"

namespace einfall::mappings {
namespace {

Exact per_epoch(const Exact& cycles, const Timetable& timetable) {
  return cycles / (Exact(timetable.epochs) * Exact(timetable.runs));
}

}  // namespace

base::Result<PipelineTime> pipeline_time(const BoundMapping& bound, const einsum::Cascade& cascade,
                                         const arch::Machine& machine, const Mapping& mapping,
                                         const Counts& counts, const ModelOptions& options) {
  PipelineTime out;
  EINFALL_TRY(out.timetable, build_timetable(cascade, machine, mapping, bound));
  const std::vector<MemoryTraffic> moved = traffic(counts.flows, machine.memories.size());
  Exact widest = 0;
  for (std::size_t m = 0; m < machine.memories.size(); ++m) {
    const std::int64_t cycles =
        options.unlimited_ports ? 0 : port_cycles(machine.memories[m], moved[m]);
    out.ports.push_back(per_epoch(Exact(cycles), out.timetable));
    widest = max(widest, out.ports.back());
  }
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
  out.run = run_recurrence(out.timetable);
  if (__builtin_mul_overflow(out.run.cycles, out.timetable.runs, &out.cycles) ||
      out.cycles >= std::int64_t{1} << 62)
    return base::failure(base::error("E901", cascade[bound.einsums.front().einsum].span,
                                     "the run takes more than 2^62 cycles",
                                     "make the ranks smaller, or cost one head or query block"));
  // The recurrence loads what is read; results on their way out share the same pins.
  out.cycles = std::max(out.cycles, moving.ceil().value_or(out.cycles));
  return out;
}

}  // namespace einfall::mappings
