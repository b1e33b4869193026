#include <vector>

#include "mappings/ir/nest.hpp"
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

PartSet complete_in(const Lowering& lowering, const Operation& from, const Operation& to,
                    einsum::TensorId tensor) {
  const PartSet shared = shared_loops(lowering, from, to);
  const NodeId around = common_node(lowering.bound, from.node, to.node);
  const PartSet outer = around.valid() ? PartSet(lowering.bound[around].path) : PartSet();
  PartSet unfinished;
  for (const BoundEinsum& maker : lowering.bound.einsums)
    if (maker.node == from.node && maker.write.tensor == tensor)
      unfinished = unfinished | ((maker.ranks - maker.write.relevant) - outer);
  return shared - unfinished;
}

void connect(Operation& from, Operation& to, PartSet shared, Give give) {
  const bool same = same_mask(from.walk, to.walk);
  if (!same) give.when.other = recast(to.walk, from.walk, shared);
  give.when.last = from.walk.all() & ~from.walk.of(shared);
  Take take{give.token, {}};
  from.gives.push_back(std::move(give));
  if (!same) take.when.other = recast(from.walk, to.walk, shared);
  take.when.first = to.walk.all() & ~to.walk.of(shared);
  to.takes.push_back(take);
}

void connect_room(Operation& user, Operation& maker, PartSet shared, std::size_t token) {
  connect(user, maker, shared, {token, {}, true});
  SharedMask& used = maker.takes.back().when.other;
  if (!used) return;
  Give unused{token, {}, true, 0};
  unused.when.last = maker.walk.all() & ~maker.walk.of(shared);
  unused.when.other = std::move(used);
  unused.when.without = true;
  used = nullptr;
  maker.gives.push_back(std::move(unused));
}

}  // namespace einfall::mappings
