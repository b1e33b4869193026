#pragma once

#include <optional>

#include "mappings/model/latency.hpp"

namespace einfall::mappings {

/// Cycles of a section's phases when every iteration waits at every barrier (the max-plus
/// recurrence of a phased schedule): the sum over iterations of the longest unit of each phase,
/// where PhaseTime::cycles is the longest sum over iterations. Einsums outside the innermost leaf
/// run in the last iterations of their loops, one visit in each. Never less than the phases' cycles
/// together. nullopt where the section's Einsums have no common iteration (several leaves side by
/// side): its phases are then whole sweeps, and both are the same.
[[nodiscard]] std::optional<Exact> stepped_cycles(const BoundMapping& bound, const Counts& counts,
                                                  const BoundSection& section,
                                                  const SectionTime& times);

}  // namespace einfall::mappings
