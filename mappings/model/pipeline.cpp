#include "mappings/model/pipeline.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "mappings/model/latency.hpp"

namespace einfall::mappings {
namespace {

Exact per_epoch(const Exact& cycles, const Timetable& timetable) {
  return cycles / Exact(std::max<std::int64_t>(1, timetable.issued_epochs()));
}

// The same timetable, with what is loaded at least that often.
Timetable with_loads(const Timetable& all, std::int64_t runs) {
  Timetable out = all;
  out.loads.clear();
  for (const TimetableLoad& load : all.loads)
    if (load.runs <= runs) out.loads.push_back(load);
  return out;
}

// Of all runs; nullopt if they do not fit 62 bits. Every one loads what is not there from runs
// before; the periods of loads divide each other, as they are those of nested loops.
std::optional<std::int64_t> all_runs(const Timetable& timetable, const RecurrenceResult& longest) {
  std::int64_t sum = 0;
  const auto add = [&](std::int64_t cycles, std::int64_t times) {
    std::int64_t product = 0;
    return !__builtin_mul_overflow(cycles, times, &product) &&
           !__builtin_add_overflow(sum, product, &sum) && sum < std::int64_t{1} << 62;
  };
  if (timetable.masked.empty()) {
    std::int64_t left = timetable.runs;  // not counted yet
    std::set<std::int64_t> periods{1};
    for (const TimetableLoad& load : timetable.loads) periods.insert(load.runs);
    for (auto period = periods.begin(); period != periods.end(); ++period) {
      const auto next = std::next(period);
      const std::int64_t rarer = next == periods.end() ? 0 : timetable.runs / *next;
      const std::int64_t cycles = next == periods.end()
                                      ? longest.cycles
                                      : run_recurrence(with_loads(timetable, *period)).cycles;
      if (!add(cycles, left - rarer)) return std::nullopt;
      left = rarer;
    }
  }
  for (const TimetableRun& run : timetable.masked)
    if (!add(run_recurrence(timetable, {}, 0, &run).cycles, run.times)) return std::nullopt;
  return sum;
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
  out.run = run_recurrence(out.timetable);
  const auto cycles = all_runs(out.timetable, out.run);
  if (!cycles)
    return base::failure(base::error("E901", cascade[bound.einsums.front().einsum].span,
                                     "the run takes more than 2^62 cycles",
                                     "make the ranks smaller, or cost one head or query block"));
  const bool idle = std::all_of(bound.einsums.begin(), bound.einsums.end(),
                                [](const BoundEinsum& step) { return step.visits == 0; });
  if (idle) return out;
  // The recurrence loads what is read; results on their way out share the same pins. It knows no
  // ports, which no run outpaces.
  out.cycles = std::max({*cycles, rows, moving.ceil().value_or(*cycles)});
  return out;
}

}  // namespace einfall::mappings
