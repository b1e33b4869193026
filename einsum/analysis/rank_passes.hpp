#pragma once

#include <vector>

#include "einsum/analysis/levels.hpp"
#include "einsum/analysis/lineage.hpp"
#include "einsum/analysis/passes.hpp"

namespace einfall::einsum {

/// Everything that is known about one view (a rank, or the names of an aliased one).
struct ViewPasses {
  RankView view;
  std::vector<EdgeRelation> relations;  // by edge
  Levels traversals;
  Lineage lineage;
  std::vector<SymbolicCount> leaf_passes;  // by position in lineage.leaves
  RankPasses summary;                      // without crossing tensors
};

/// Sweeps of the ranks that cannot be fused with each other, and visits to every leaf: by
/// statements that sweep the view, or by those in `counted` alone.
[[nodiscard]] ViewPasses view_passes(
    const Flow& flow, const std::vector<RankId>& ranks,
    const std::optional<std::vector<bool>>& counted = std::nullopt);

/// The recurrence of the traversals: every statement that sweeps the view costs one.
[[nodiscard]] LevelProblem traversal_problem(const Flow& flow, const RankView& view,
                                             const std::vector<EdgeRelation>& relations);

/// The recurrence of the visits to one leaf: only statements with the leaf in their lineage cost,
/// and a stream from a statement without it counts as a wait. `counted` may exclude statements.
[[nodiscard]] LevelProblem leaf_problem(const Flow& flow, const RankView& view,
                                        const std::vector<EdgeRelation>& relations,
                                        const Lineage& lineage, std::size_t leaf,
                                        const std::vector<bool>& counted);

/// Statements that sweep the view.
[[nodiscard]] std::vector<bool> sweeping(const Flow& flow, const RankView& view);

}  // namespace einfall::einsum
