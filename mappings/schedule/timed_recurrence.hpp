#pragma once

#include <optional>

#include "mappings/schedule/recurrence.hpp"

namespace einfall::mappings {

/// run_recurrence() in order of time, where what is under way shares ports (Timetable::port_rates,
/// port_shares.hpp): an operation that others hold up ends later, and so do its values that are not
/// there yet. Loads and stores are under way from when they may pass the pins until they have.
/// What does not repeat goes on after some hundred iterations as it did on average. nullopt: one
/// waits for the other.
[[nodiscard]] std::optional<RecurrenceResult> run_timed_recurrence(const Timetable& timetable,
                                                                   const RecurrenceOptions& options,
                                                                   const TimetableRun* run,
                                                                   const RunSeam* before);

}  // namespace einfall::mappings
