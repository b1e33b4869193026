#include <vector>

#include "mappings/program/lowering.hpp"

namespace einfall::mappings {

PartSet shared_loops(const Lowering& lowering, const Operation& a, const Operation& b) {
  const BoundMapping& bound = lowering.bound;
  PartSet shared;
  const auto root = [&](NodeId node) {
    while (bound[node].parent.valid()) node = bound[node].parent;
    return node;
  };
  if (root(a.node) != root(b.node)) return shared;
  const PartSet in_b = b.walk.parts();
  std::vector<PartId> order_a, order_b;
  for (const WalkLevel& level : a.walk.levels)
    if (in_b.has(level.part)) order_a.push_back(level.part);
  const PartSet both(order_a);
  for (const WalkLevel& level : b.walk.levels)
    if (both.has(level.part)) order_b.push_back(level.part);
  for (std::size_t i = 0; i < order_a.size() && order_a[i] == order_b[i]; ++i)
    shared.insert(order_a[i]);
  return shared;
}

void connect(Operation& from, Operation& to, PartSet shared, std::size_t token, bool at_end,
             std::int64_t delay) {
  const bool same = same_mask(from.walk, to.walk);
  Give give{token, {}, at_end, delay};
  if (!same) give.when.other = recast(to.walk, from.walk, shared);
  give.when.last = from.walk.all() & ~from.walk.of(shared);
  from.gives.push_back(give);
  Take take{token, {}};
  if (!same) take.when.other = recast(from.walk, to.walk, shared);
  take.when.first = to.walk.all() & ~to.walk.of(shared);
  to.takes.push_back(take);
}

}  // namespace einfall::mappings
