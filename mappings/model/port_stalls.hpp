#pragma once

#include <functional>

#include "mappings/model/counts.hpp"
#include "mappings/model/port_groups.hpp"

namespace einfall::mappings {

/// Cycles by which the ports of the memories on the chip hold up a visit of an Einsum that takes
/// `issue` cycles, for its own rows alone: the mean of the first visits, at most kMostVisits. Ports
/// move whole rows in whole cycles; what fills less than a row of a flow waits for more of it. What
/// does not come in every visit comes at even distances, the first time in the first.
/// `share_of`: the rows of a flow in such a visit, over those of the mean one.
[[nodiscard]] double port_stall(const BoundMapping& bound, const Counts& counts,
                                const PortGroups& groups, StepId step, double issue,
                                const std::function<double(const Flow&)>& share_of);
inline constexpr std::int64_t kMostVisits = 4096;

}  // namespace einfall::mappings
