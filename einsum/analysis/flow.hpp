#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "einsum/analysis/relate.hpp"
#include "einsum/ir/graph.hpp"

namespace einfall::einsum {

class Unrollings;

/// The dependence graph with what every sweep over it needs again and again.
struct Flow {
  const Cascade& cascade;
  Graph graph;
  std::vector<std::vector<std::size_t>> edges_into;  // by Einsum: edge numbers
  std::vector<std::vector<std::size_t>> edges_from;  // by Einsum: edge numbers
  std::vector<std::size_t> component_of;             // by Einsum
  /// By edge: steps between write and read inside a stepped component (0 if not a constant);
  /// nullopt for edges between components.
  std::vector<std::optional<std::int64_t>> distance;

  [[nodiscard]] const Edge& edge(std::size_t e) const { return graph.edges[e]; }
  [[nodiscard]] bool inside_component(std::size_t e) const { return distance[e].has_value(); }
  [[nodiscard]] TensorId written_by(EinsumId id) const { return cascade[cascade[id].lhs].tensor; }
  /// Inputs: nobody writes them.
  [[nodiscard]] bool is_input(TensorId tensor) const { return !written[tensor.index()]; }
  std::vector<bool> written;  // by tensor
  Blocks blocks;
  /// Sizes that loops are unrolled for.
  Sizes sizes;
  /// What was unrolled so far, remembered (unrollings.hpp).
  std::shared_ptr<Unrollings> unrollings;
};

/// The cascade must outlive the flow. Without `sizes`, those of `sizes_for_passes`.
/// Errors: those of `dependence_graph`.
[[nodiscard]] base::Result<Flow> flow_of(const Cascade& cascade,
                                         const std::optional<Sizes>& sizes = std::nullopt);

/// Relation of every edge along the ranks of a view.
[[nodiscard]] std::vector<EdgeRelation> relations(const Flow& flow, const RankView& view);

}  // namespace einfall::einsum
