#pragma once

#include <vector>

#include "einsum/analysis/flow.hpp"

namespace einfall::einsum {

/// The leaf tensors whose elements a statement goes through as it sweeps the ranks of a view:
/// inputs that it reads at a swept variable, and those of the writers it streams from. A statement
/// that sweeps without any (it broadcasts, or makes a rank by a populate) starts a lineage with the
/// tensor it writes.
struct Lineage {
  std::vector<TensorId> leaves;              // inputs first, then by id
  std::vector<std::vector<bool>> of_einsum;  // [einsum][position in leaves]
};

/// Accesses to inputs that an Einsum reads at a variable on the view.
[[nodiscard]] std::vector<AccessId> swept_inputs(const Flow& flow, const RankView& view,
                                                 EinsumId id);

/// Complexity: O(edges * leaves), times the longest chain inside a component.
[[nodiscard]] Lineage lineage_of(const Flow& flow, const RankView& view,
                                 const std::vector<EdgeRelation>& relations);

}  // namespace einfall::einsum
