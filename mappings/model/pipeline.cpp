#include "mappings/model/pipeline.hpp"

#include <algorithm>

#include "mappings/model/latency.hpp"
#include "mappings/model/pipeline_pieces.hpp"
#include "mappings/model/pipeline_ports.hpp"
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
  Exact moving = 0;
  if (machine.memories.front().bandwidth)
    moving = moved.front().bytes() *
             Exact(machine.clock.value(), machine.memories.front().bandwidth->value());
  out.memory = per_epoch(moving, out.timetable);
  EINFALL_TRY(const Body body, find_body(cascade, mapping, bound));
  cut_loads(out.timetable, bound, body, counts);
  out.timetable.stores = pipeline_stores(bound, out.timetable, body, counts);
  add_ports(out.timetable, bound, body, machine, counts, options);
  out.run = run_recurrence(out.timetable);
  if (!out.timetable.port_rates.empty()) {
    Timetable enough = out.timetable;
    enough.port_rates.clear();
    out.held = std::max<std::int64_t>(0, out.run.cycles - run_recurrence(enough).cycles);
  }
  const auto cycles = cycles_of_runs(out.timetable, out.run);
  if (!cycles)
    return base::failure(base::error("E901", cascade[bound.einsums.front().einsum].span,
                                     "the run takes more than 2^62 cycles",
                                     "make the ranks smaller, or cost one head or query block"));
  out.all_runs = *cycles;
  const bool idle = std::all_of(bound.einsums.begin(), bound.einsums.end(),
                                [](const BoundEinsum& step) { return step.visits == 0; });
  if (idle) return out;
  // Neither does any run outpace.
  out.cycles = std::max({*cycles, rows, moving.ceil().value_or(*cycles)});
  return out;
}

std::int64_t PipelineTime::interval() const {
  std::int64_t least = timetable.interval;
  for (const Exact& needed : ports) least = std::max(least, needed.ceil().value_or(least));
  return least;
}

}  // namespace einfall::mappings
