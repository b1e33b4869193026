#pragma once

#include <vector>

#include "einsum/analysis/rank_passes.hpp"

namespace einfall::einsum {

/// The parts of split ranks, outermost first: every `m1*M0 + m0` (or with more parts) that occurs
/// in an index or a condition, each once.
[[nodiscard]] std::vector<RankWay> split_ranks(const Cascade& cascade);

/// Fine and coarse passes of a split. `outer` is the analysis of the outermost part, together with
/// the ranks that the groups count with it.
[[nodiscard]] SplitPasses split_passes(const Flow& flow, const WayGroups& groups,
                                       const RankWay& parts, const ViewPasses& outer);

}  // namespace einfall::einsum
