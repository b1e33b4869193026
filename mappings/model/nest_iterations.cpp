#include "mappings/model/nest_iterations.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

constexpr std::int64_t kLookedAt = 32;  // steps that stand for more of them

bool depends(const SharedMask& mask, std::size_t level) {
  return mask && (mask->levels() >> level & 1U) != 0;
}

// The last step up to which, not included, something holds that holds up to all before it, too:
// from `enough` on, or else `from`.
template <typename Holds>
std::int64_t last_until(std::int64_t from, std::int64_t enough, std::int64_t end,
                        const Holds& holds) {
  if (from < 1 || end < enough || !holds(enough)) return from;
  if (holds(end)) return end;
  while (end - enough > 1) {
    const std::int64_t middle = enough + (end - enough) / 2;
    (holds(middle) ? enough : end) = middle;
  }
  return enough;
}

}  // namespace

NestIterations::NestIterations(const NestPlan& plan, const NestPlace& place)
    : plan_(plan),
      place_(place),
      below_(plan.nodes.size()),
      ends_(plan.ops.size()),
      own_ends_(plan.ops.size()) {
  masks_.reserve(plan.nodes.size());
  for (const NestNode& node : plan.nodes) masks_.emplace_back(node.path);
  for (std::size_t n = 0; n < plan.nodes.size(); ++n)
    for (const std::size_t op : plan.nodes[n].ops)
      for (NodeId at(n); at.valid(); at = plan.nodes[at.index()].parent)
        below_[at.index()].push_back(op);
  for (std::size_t op = 0; op < plan.ops.size(); ++op)
    for (const PartSet set : {plan.ops[op].at_first, plan.ops[op].at_last})
      if (!set.empty()) ends_[op].push_back(set);
  for (const NestEdge& edge : plan.edges)
    for (const NestEnd* end : {&edge.from, &edge.to}) {
      own_ends_[end->op].push_back(end);
      for (const PartSet set : {end->ends, end->carried, pieces_of(*end)})
        if (!set.empty()) ends_[end->op].push_back(set);
    }
}

PartSet NestIterations::pieces_of(const NestEnd& end) const {
  PartSet set;
  for (const std::size_t level : end.pieces) set.insert(node_of(end.op).path.levels[level].part);
  return set;
}

std::int64_t NestIterations::steps_of(const NestNode& at, std::size_t level) const {
  const WalkLevel& here = at.path.levels[level];
  if (!here.may_be_partial) return here.trips;
  std::int64_t before = 0;
  for (const std::size_t outer : here.outer)
    before += place_.step[at.path.levels[outer].part.index()] * at.path.levels[outer].stride;
  return std::min(here.trips, base::ceil_div(here.extent - before, here.stride));
}

std::int64_t NestIterations::next_step(NodeId id, std::size_t level, std::int64_t from,
                                       std::int64_t steps) {
  const WalkMask* asked = nullptr;
  for (const std::size_t op : below_[id.index()]) {
    if (steps <= from) break;
    const SharedMask& mask = plan_.ops[op].mask;
    if (mask && mask.get() == asked) continue;
    asked = mask.get();
    steps = std::min(steps, masks_of(op).next(mask, place_, level, from, steps));
  }
  return steps;
}

bool NestIterations::is_cut(NodeId id, std::size_t level) const {
  return std::any_of(below_[id.index()].begin(), below_[id.index()].end(),
                     [&](std::size_t op) { return depends(plan_.ops[op].mask, level); });
}

std::int64_t NestIterations::alike_until(NodeId id, std::size_t level, std::int64_t from,
                                         std::int64_t enough, std::int64_t steps) {
  const auto& ops = below_[id.index()];
  return last_until(from, enough, steps - 1, [&](std::int64_t to) {
    return std::all_of(ops.begin(), ops.end(), [&](std::size_t op) {
      NestMasks& masks = masks_of(op);
      return masks.alike(plan_.ops[op].mask, ends_[op], place_, level, from, to) &&
             std::all_of(own_ends_[op].begin(), own_ends_[op].end(), [&](const NestEnd* end) {
               return !end->other || masks.alike(*end->other, place_, level, from, to);
             });
    });
  });
}

// The masked ops below, with the shift that they have in common; none if there is none.
std::vector<NestIterations::Moved> NestIterations::moved(NodeId id, std::size_t level) const {
  const auto& ops = below_[id.index()];
  std::vector<Moved> moved;
  for (const std::size_t op : ops) {
    const SharedMask& mask = plan_.ops[op].mask;
    if (!depends(mask, level)) continue;
    const auto shift = masks_[plan_.ops[op].leaf.index()].shift(plan_.ops[op].needed, mask, level);
    if (!shift) return {};
    moved.push_back({op, *shift});
  }
  if (moved.empty()) return {};
  const NestShift& first = moved.front().shift;
  const PartId part = node_of(moved.front().op).path.levels[first.level].part;
  for (const Moved& one : moved)
    if (one.shift.steps != first.steps ||
        !(node_of(one.op).path.levels[one.shift.level].part == part))
      return {};
  // Whoever stands still must not meet what moves.
  for (const std::size_t op : ops) {
    if (!depends(plan_.ops[op].mask, level) && plan_.ops[op].loops.has(part)) return {};
    for (const NestEnd* end : own_ends_[op])
      if (depends(end->other, level) && !depends(plan_.ops[op].mask, level)) return {};
  }
  return moved;
}

NestIterations::Moving NestIterations::moving_until(NodeId id, std::size_t level, std::int64_t from,
                                                    std::int64_t enough, std::int64_t steps) {
  const std::vector<Moved> all = moved(id, level);
  if (all.empty()) return {from, PartId(), 0};
  const std::int64_t until = last_until(from, enough, steps - 1, [&](std::int64_t to) {
    return std::all_of(all.begin(), all.end(), [&](const Moved& one) {
      return masks_of(one.op).moves_alike(plan_.ops[one.op].mask, one.shift, place_, level, from,
                                          to);
    });
  });
  const NestShift& shift = all.front().shift;
  return {until, node_of(all.front().op).path.levels[shift.level].part, shift.steps};
}

double NestIterations::weight(NodeId id, std::size_t level, std::int64_t from, std::int64_t to) {
  const auto steps = static_cast<double>(to - from);
  if (!is_cut(id, level)) return steps;
  double sum = 0;
  const std::int64_t samples = std::min(kLookedAt, to - from);
  const std::int64_t part = (to - from) / samples;
  for (std::int64_t k = 0; k < samples; ++k) {
    double most = 0;
    for (const std::size_t op : below_[id.index()])
      most = std::max(
          most, masks_of(op).visits(plan_.ops[op].mask, place_, level, from + part * k + part / 2));
    sum += most;
  }
  return std::max(1.0, sum) * steps / static_cast<double>(samples);
}

}  // namespace einfall::mappings
