#pragma once

#include <optional>
#include <vector>

#include "mappings/schedule/body.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

struct MaskedRuns {
  std::vector<TimetableRun> runs;
  std::vector<TimetableSeries> series;  // their order (timetable.hpp)
};

/// The runs of a pipeline in which a mask leaves epochs out (an epoch is issued if one Einsum of
/// the leaf needs it), equal ones together, longest first; empty if every run issues every epoch.
/// Runs that begin in another iteration of their outermost loop are equal: their epochs are
/// numbered as if it were the first. nullopt: there are more than kMostRunParts stretches of loops
/// to be looked at.
[[nodiscard]] std::optional<MaskedRuns> masked_runs(const BoundMapping& bound, const Body& body);
inline constexpr std::int64_t kMostRunParts = std::int64_t{1} << 21;

}  // namespace einfall::mappings
