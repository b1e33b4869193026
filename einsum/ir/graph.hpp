#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// S reads, through `access`, a tensor that W writes.
struct Edge {
  EinsumId writer;
  EinsumId reader;
  AccessId access;
};

/// A strongly connected component of the dependence graph.
struct Component {
  std::vector<EinsumId> einsums;  // in zero-distance order inside one step
  /// The rank whose steps run in order; unset for a single Einsum without self-dependence.
  std::optional<RankId> iterative_rank;
};

/// Dependences of a cascade. Init Einsums write the same tensor as the Einsum they initialise and
/// come before it.
struct Graph {
  std::vector<Edge> edges;
  std::vector<Component> components;  // in topological order
};

/// Every pair of an access and an Einsum that may write what it reads, by reader in file order.
/// Slices that cannot meet are left out: `X[0]` does not read what `X[r+1] = ...` writes.
[[nodiscard]] std::vector<Edge> dependence_edges(const Cascade& cascade);

/// The strongly connected components of these edges and of "init before the Einsum it initialises",
/// in topological order, otherwise in file order; needs no iterative positions. A component of one
/// Einsum depends on itself only if an edge says so.
[[nodiscard]] std::vector<std::vector<EinsumId>> strong_components(const Cascade& cascade,
                                                                   const std::vector<Edge>& edges);

/// Errors: E302 zero-distance or negative-distance cycle, E303 a cycle through no iterative rank.
[[nodiscard]] base::Result<Graph> dependence_graph(const Cascade& cascade);

}  // namespace einfall::einsum
