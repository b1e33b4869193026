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

/// Errors: E302 zero-distance or negative-distance cycle, E303 a cycle through no iterative rank.
[[nodiscard]] base::Result<Graph> dependence_graph(const Cascade& cascade);

}  // namespace einfall::einsum
