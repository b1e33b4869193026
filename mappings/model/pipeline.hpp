#pragma once

#include <vector>

#include "mappings/model/counts.hpp"
#include "mappings/schedule/recurrence.hpp"
#include "mappings/schedule/timetable.hpp"

/// Time of a pipelined mapping: its timetable and the exact recurrence of it, in which what is
/// under way shares the ports of the memories on the chip where they can be too few.
namespace einfall::mappings {

struct PipelineTime {
  Timetable timetable;
  RecurrenceResult run;       // of one run, the longest, with nothing before it
  std::int64_t held = 0;      // of its cycles: for want of ports
  std::int64_t all_runs = 0;  // cycles by the recurrence, until the last result is stored
  std::vector<Exact> ports;   // by memory: cycles an epoch that its ports need, on average
  Exact memory = 0;           // cycles an epoch of the outermost memory's traffic, on average
  /// Of all runs by the recurrence, and not less than the outermost memory's whole traffic takes.
  std::int64_t cycles = 0;

  /// Cycles from one epoch to the next, on average at least: the interval of the slots, or what the
  /// rows of an epoch take at a memory whose ports are too few for it.
  [[nodiscard]] std::int64_t interval() const;
};

/// Errors: E880 to E885 of the timetable, E901.
[[nodiscard]] base::Result<PipelineTime> pipeline_time(const BoundMapping& bound,
                                                       const einsum::Cascade& cascade,
                                                       const arch::Machine& machine,
                                                       const Mapping& mapping, const Counts& counts,
                                                       const ModelOptions& options);

}  // namespace einfall::mappings
