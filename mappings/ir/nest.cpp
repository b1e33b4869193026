#include "mappings/ir/nest.hpp"

namespace einfall::mappings {

bool is_under(const BoundMapping& bound, NodeId node, NodeId above) {
  for (; node.valid(); node = bound[node].parent)
    if (node == above) return true;
  return false;
}

NodeId common_node(const BoundMapping& bound, NodeId a, NodeId b) {
  for (; a.valid(); a = bound[a].parent)
    if (is_under(bound, b, a)) return a;
  return {};
}

}  // namespace einfall::mappings
