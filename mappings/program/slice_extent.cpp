#include "mappings/program/slice_extent.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"

namespace einfall::mappings {

SliceExtent::SliceExtent(const BoundMapping& bound, const BoundKeep& keep, const Walk& walk,
                         PartSet loops)
    : shape_(bound, keep.users, inside(bound, bound[keep.node].path)) {
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    Divided rank{bound.sizes.values[r], bound.sizes.values[r], {}};
    for (const PartId part : bound.rank_parts[r]) {
      const Levels level = walk.of(PartSet({part}));
      if (!loops.has(part) || level == 0) continue;
      rank.tile = bound[part].stride;
      rank.digits.push_back({static_cast<std::size_t>(__builtin_ctzll(level)), rank.tile});
    }
    ranks_.push_back(std::move(rank));
  }
}

Levels SliceExtent::levels() const {
  Levels set = 0;
  for (const Divided& rank : ranks_)
    for (const Digit& digit : rank.digits) set |= Levels{1} << digit.level;
  return set;
}

std::int64_t SliceExtent::at(const Walker& walker) const {
  RankRanges tile;
  for (const Divided& rank : ranks_) {
    std::int64_t low = 0;
    for (const Digit& digit : rank.digits) low += walker.digit(digit.level) * digit.stride;
    tile.emplace_back(low, std::min(low + rank.tile, rank.size));
  }
  return shape_.elements(tile);
}

bool SliceExtent::is_alike(const Walker& walker, std::size_t level, std::int64_t from,
                           std::int64_t to) const {
  RankRanges box;
  std::size_t moved = ranks_.size();
  std::int64_t step = 1;
  for (const Divided& rank : ranks_) {
    std::int64_t low = 0;
    std::int64_t high = 0;  // where the last tile begins
    for (const Digit& digit : rank.digits) {
      const bool here = digit.level == level;
      const bool runs = digit.level > level;
      low += digit.stride * (here ? from : runs ? 0 : walker.digit(digit.level));
      high += digit.stride * (here   ? to - 1
                              : runs ? walker.limit(digit.level) - 1
                                     : walker.digit(digit.level));
      if (here) moved = box.size(), step = digit.stride;
    }
    box.emplace_back(low, std::min(high + rank.tile, rank.size));
  }
  return moved == ranks_.size() || shape_.is_alike(einsum::RankId(moved), step, box);
}

}  // namespace einfall::mappings
