#pragma once

#include <vector>

#include "mappings/schedule/body.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

/// The runs of a pipeline in which a mask leaves epochs out (an epoch is issued if one Einsum of
/// the leaf needs it), equal ones together, longest first; empty if every run issues every epoch.
[[nodiscard]] std::vector<TimetableRun> masked_runs(const BoundMapping& bound, const Body& body);

}  // namespace einfall::mappings
