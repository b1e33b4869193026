#pragma once

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// The innermost node above both (or one of them); invalid if they stand under different roots.
[[nodiscard]] NodeId common_node(const BoundMapping& bound, NodeId a, NodeId b);

/// `node` is `above` or inside it.
[[nodiscard]] bool is_under(const BoundMapping& bound, NodeId node, NodeId above);

}  // namespace einfall::mappings
