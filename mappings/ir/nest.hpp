#pragma once

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// The innermost node above both (or one of them); invalid if they stand under different roots.
[[nodiscard]] NodeId common_node(const BoundMapping& bound, NodeId a, NodeId b);

/// `node` is `above` or inside it.
[[nodiscard]] bool is_under(const BoundMapping& bound, NodeId node, NodeId above);

/// Whether an Einsum under the node makes the tensor.
[[nodiscard]] bool is_made_under(const BoundMapping& bound, einsum::TensorId tensor, NodeId node);

/// Whether the tensor is an output, or read by an Einsum that is not under the node.
[[nodiscard]] bool is_needed_outside(const BoundMapping& bound, const einsum::Cascade& cascade,
                                     einsum::TensorId tensor, NodeId node);

/// Steps of a part in the block of its rank that has the fewest: the last one of the part outside
/// of it, where that is not whole.
[[nodiscard]] std::int64_t fewest_trips(const BoundMapping& bound, PartId part);

}  // namespace einfall::mappings
