#pragma once

#include <vector>

#include "einsum/analysis/flow.hpp"
#include "einsum/analysis/rank_passes.hpp"

namespace einfall::einsum {

/// Fewest sweeps of the ranks together. Every statement is put into one sweep of each rank it runs
/// over; a sweep that must be complete before another begins orders the two, and the order must
/// have no cycle. Searched by iterative deepening over the sum, depth first, with a fixed budget of
/// nodes; beyond it (or beyond 64 sweeps) the result is a lower bound and not `exact`.
/// Precondition: the traversals of the ranks, whose passes these are, are numbers.
[[nodiscard]] JointSweeps joint_sweeps_of(const Flow& flow, const WayGroups& groups,
                                          const std::vector<ViewPasses>& ranks);

}  // namespace einfall::einsum
