#include "mappings/program/walk.hpp"

#include <algorithm>

namespace einfall::mappings {

Levels Walk::all() const {
  return levels.size() >= 64 ? ~Levels{0} : (Levels{1} << levels.size()) - 1;
}

Levels Walk::of(PartSet parts) const {
  Levels set = 0;
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (parts.has(levels[i].part)) set |= Levels{1} << i;
  return set;
}

PartSet Walk::parts() const {
  PartSet set;
  for (const WalkLevel& level : levels) set.insert(level.part);
  return set;
}

Walk make_walk(const BoundMapping& bound, const std::vector<PartId>& loops) {
  Walk walk;
  for (const PartId part : loops) {
    const BoundPart& bp = bound[part];
    WalkLevel level{part, bp.trips, bp.stride, bound.sizes.values[bp.rank.index()], {}, true};
    for (const PartId outer : bound.rank_parts[bp.rank.index()]) {
      if (outer == part) break;
      const auto at = std::find_if(walk.levels.begin(), walk.levels.end(),
                                   [&](const WalkLevel& l) { return l.part == outer; });
      if (at == walk.levels.end())
        level.may_be_partial = false;
      else
        level.outer.push_back(static_cast<std::size_t>(at - walk.levels.begin()));
    }
    walk.levels.push_back(std::move(level));
  }
  return walk;
}

Walker::Walker(const Walk& walk)
    : walk_(&walk), digits_(walk.levels.size(), 0), limits_(walk.levels.size(), 1) {
  settle(0);
}

void Walker::reset() {
  done_ = false;
  std::fill(digits_.begin(), digits_.end(), 0);
  settle(0);
}

// Levels from this one inwards stand at 0, except `from` itself.
void Walker::settle(std::size_t from) {
  for (std::size_t i = from; i < digits_.size(); ++i) {
    const WalkLevel& level = walk_->levels[i];
    const Levels bit = Levels{1} << i;
    limits_[i] = level.trips;
    if (level.may_be_partial) {
      std::int64_t offset = 0;
      for (const std::size_t o : level.outer) offset += digits_[o] * walk_->levels[o].stride;
      limits_[i] = std::min(level.trips, base::ceil_div(level.extent - offset, level.stride));
    }
    first_ = digits_[i] == 0 ? first_ | bit : first_ & ~bit;
    last_ = digits_[i] == limits_[i] - 1 ? last_ | bit : last_ & ~bit;
  }
}

void Walker::next() {
  std::size_t i = digits_.size();
  while (i > 0 && digits_[i - 1] + 1 == limits_[i - 1]) digits_[--i] = 0;
  if (i == 0) {
    done_ = true;
    return;
  }
  ++digits_[i - 1];
  settle(i - 1);
}

}  // namespace einfall::mappings
