#include "mappings/ir/nest.hpp"

#include <algorithm>

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

bool is_made_under(const BoundMapping& bound, einsum::TensorId tensor, NodeId node) {
  return std::any_of(bound.einsums.begin(), bound.einsums.end(), [&](const BoundEinsum& e) {
    return e.write.tensor == tensor && is_under(bound, e.node, node);
  });
}

bool is_needed_outside(const BoundMapping& bound, const einsum::Cascade& cascade,
                       einsum::TensorId tensor, NodeId node) {
  if (cascade[tensor].role == einsum::TensorRole::kOutput) return true;
  for (const BoundEinsum& e : bound.einsums)
    for (const BoundAccess& access : e.reads)
      if (access.tensor == tensor && !is_under(bound, e.node, node)) return true;
  return false;
}

std::int64_t fewest_trips(const BoundMapping& bound, PartId part) {
  const BoundPart& p = bound[part];
  const std::vector<PartId>& parts = bound.rank_parts[p.rank.index()];
  const auto at = std::find(parts.begin(), parts.end(), part);
  if (at == parts.begin()) return p.trips;
  const std::int64_t size = bound.sizes[p.rank];
  const std::int64_t block = bound[*std::prev(at)].stride;
  const std::int64_t last = size - (base::ceil_div(size, block) - 1) * block;
  return std::min(p.trips, base::ceil_div(last, p.stride));
}

}  // namespace einfall::mappings
