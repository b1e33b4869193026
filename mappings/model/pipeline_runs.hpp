#pragma once

#include <optional>

#include "mappings/model/counts.hpp"
#include "mappings/schedule/body.hpp"
#include "mappings/schedule/recurrence.hpp"
#include "mappings/schedule/timetable.hpp"

/// Steps of pipeline_time().
namespace einfall::mappings {

/// The results that leave the body of a timetable, or its tails, for the outermost memory.
[[nodiscard]] std::vector<TimetableStore> pipeline_stores(const BoundMapping& bound,
                                                          const Timetable& timetable,
                                                          const Body& body, const Counts& counts);

/// Cycles of all runs of a timetable, one after another, until the last result is stored: each
/// begins when all of the one before is complete, with the results on the pins that it left, and
/// loads what is not there from runs before. Runs that begin alike are executed once. `longest`:
/// the longest run that nothing is before. nullopt: they do not fit 62 bits.
[[nodiscard]] std::optional<std::int64_t> cycles_of_runs(const Timetable& timetable,
                                                         const RecurrenceResult& longest);

}  // namespace einfall::mappings
