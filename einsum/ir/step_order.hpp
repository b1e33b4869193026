#pragma once

#include "base/diagnostic.hpp"
#include "einsum/ir/graph.hpp"

namespace einfall::einsum {

/// A cyclic component as one that runs step by step: finds its iterative rank and the order of its
/// Einsums inside a step, from the distances of the edges between them (X written at r+a, read at
/// r+b: distance a-b). Reports E303 if no rank can be stepped along, E302 if a distance is negative
/// or a cycle has none; the component is then returned as far as known.
[[nodiscard]] Component order_steps(const Cascade& cascade, const std::vector<EinsumId>& members,
                                    const std::vector<Edge>& inside, base::Diagnostics& errors);

}  // namespace einfall::einsum
