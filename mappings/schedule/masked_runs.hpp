#pragma once

#include <optional>
#include <vector>

#include "mappings/schedule/body.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

/// The runs of a pipeline in which a mask leaves epochs out (an epoch is issued if one Einsum of
/// the leaf needs it), equal ones together, longest first; empty if every run issues every epoch.
/// nullopt: there are more than kMostRunParts stretches of loops to be looked at.
[[nodiscard]] std::optional<std::vector<TimetableRun>> masked_runs(const BoundMapping& bound,
                                                                   const Body& body);
inline constexpr std::int64_t kMostRunParts = std::int64_t{1} << 21;

}  // namespace einfall::mappings
