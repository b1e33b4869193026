#include "mappings/walk/walk.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

constexpr Levels bit(std::size_t level) { return Levels{1} << level; }

// The last tile of the levels outside has all steps of this one.
bool comes_out_even(const Walk& walk, const WalkLevel& level) {
  std::int64_t last = level.extent;  // points of that tile
  if (!level.outer.empty()) {
    const std::int64_t tile = walk.levels[level.outer.back()].stride;
    for (const std::size_t outer : level.outer)
      if (walk.levels[outer].stride % tile != 0) return false;
    last -= (base::ceil_div(level.extent, tile) - 1) * tile;
  }
  return base::ceil_div(last, level.stride) >= level.trips;
}

}  // namespace

Levels WalkMask::levels() const {
  Levels set = 0;
  for (const Rank& rank : ranks)
    for (const std::size_t level : rank.levels) set |= bit(level);
  return set;
}

Levels Walk::all() const { return levels.size() >= 64 ? ~Levels{0} : bit(levels.size()) - 1; }

Levels Walk::of(PartSet parts) const {
  Levels set = 0;
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (parts.has(levels[i].part)) set |= bit(i);
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
        level.may_be_partial = level.may_be_partial && bound[outer].trips == 1;
      else
        level.outer.push_back(static_cast<std::size_t>(at - walk.levels.begin()));
    }
    walk.levels.push_back(std::move(level));
  }
  return walk;
}

SharedMask make_mask(const BoundMapping& bound, const Walk& walk, const Mask& mask, PartSet loops,
                     PartSet known) {
  if (mask.everything()) return nullptr;
  WalkMask made{IssuedTiles(bound, mask, loops), {}};
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    if (!made.tiles.couples(einsum::RankId(r))) continue;
    WalkMask::Rank rank{einsum::RankId(r), bound.sizes.values[r], {}, 0};
    for (const PartId part : bound.rank_parts[r]) {
      const Levels level = walk.of(PartSet({part}));
      if (is_passed_over(bound, part, loops & known & walk.parts())) continue;
      if (level == 0 || !known.has(part) || !loops.has(part)) break;
      rank.levels.push_back(static_cast<std::size_t>(__builtin_ctzll(level)));
    }
    made.ranks.push_back(std::move(rank));
  }
  return std::make_shared<const WalkMask>(std::move(made));
}

SharedMask recast(const Walk& from, const Walk& to, PartSet known) {
  if (!from.mask) return nullptr;
  WalkMask made = *from.mask;
  for (WalkMask::Rank& rank : made.ranks) {
    std::vector<std::size_t> levels;
    for (const std::size_t level : rank.levels) {
      const PartId part = from.levels[level].part;
      const Levels same = to.of(PartSet({part}));
      const bool counts = same != 0 && known.has(part);
      if (!counts && from.levels[level].trips == 1) continue;
      if (!counts) break;
      levels.push_back(static_cast<std::size_t>(__builtin_ctzll(same)));
    }
    rank.levels = std::move(levels);
  }
  return std::make_shared<const WalkMask>(std::move(made));
}

Walker::Walker(const Walk& walk)
    : walk_(&walk),
      own_(walk.mask.get()),
      counted_(walk.counted ? walk.counted.get() : walk.mask.get()),
      all_(walk.all()),
      innermost_(walk.levels.empty() ? 0 : bit(walk.levels.size() - 1)),
      digits_(walk.levels.size(), 0),
      limits_(walk.levels.size(), 1) {
  for (std::size_t i = 0; i < walk.levels.size(); ++i)
    if (walk.levels[i].may_be_partial && !comes_out_even(walk, walk.levels[i])) partial_ |= bit(i);
  reset();
}

void Walker::reset() {
  std::fill(digits_.begin(), digits_.end(), 0);
  done_ = (counted_ != nullptr && !exists(*counted_, 0)) || !enter(0);
}

// The part of the mask's ranks that this box spans goes into box_. kNone: nothing of it lies inside
// its ranks; kSome: a shift may have moved iterations out of them.
Issue Walker::fill_box(const WalkMask& mask, Levels standing, const StepRange& range,
                       const StepRange& other) const {
  Issue inside = Issue::kAll;
  for (const WalkMask::Rank& rank : mask.ranks) {
    if (box_.size() <= rank.rank.index()) box_.resize(rank.rank.index() + 1, {0, 1});
    std::int64_t low = 0;
    std::int64_t end = rank.extent;
    for (std::size_t i = 0; i < rank.levels.size(); ++i) {
      const std::size_t l = rank.levels[i];
      StepRange steps{l, digits_[l], digits_[l] + 1};
      if (l == range.level)
        steps = range;
      else if (l == other.level)
        steps = other;
      else if ((standing & bit(l)) == 0)
        break;
      const std::int64_t stride = walk_->levels[l].stride;
      // A last tile is whole until it is where it belongs.
      end = i == 0 ? steps.to * stride : std::min(end, low + steps.to * stride);
      low += steps.from * stride;
      if (steps.to - steps.from != 1) break;
    }
    low += rank.shift;
    end += rank.shift;
    if (rank.shift != 0 && (low < 0 || end > rank.extent)) inside = Issue::kSome;
    low = std::max<std::int64_t>(low, 0);
    end = std::min(end, rank.extent);
    if (low >= end) return Issue::kNone;
    box_[rank.rank.index()] = {low, end};
  }
  return inside;
}

bool Walker::exists(const WalkMask& mask, Levels standing, const StepRange& range) const {
  return range.from < range.to && fill_box(mask, standing, range, {}) != Issue::kNone &&
         mask.tiles.any(box_);
}

Issue Walker::issue(const WalkMask& mask, Levels standing, const StepRange& range,
                    const StepRange& other) const {
  if (range.from >= range.to) return Issue::kNone;
  const Issue inside = fill_box(mask, standing, range, other);
  if (inside == Issue::kNone) return inside;
  const Issue found = mask.tiles.issue(box_);
  return found == Issue::kAll ? inside : found;
}

// To the first step from `digit` on that has counted iterations.
bool Walker::next_from(std::size_t level, std::int64_t digit) {
  std::int64_t end = limits_[level];
  if (digit >= end) return false;
  const Levels outside = bit(level) - 1;
  if (counted_ != nullptr && (counted_->levels() & bit(level)) != 0 &&
      !exists(*counted_, outside, {level, digit, digit + 1})) {
    if (!exists(*counted_, outside, {level, digit + 1, end})) return false;
    ++digit;  // the one wanted is in [digit, end)
    while (end - digit > 1) {
      const std::int64_t middle = digit + (end - digit) / 2;
      if (exists(*counted_, outside, {level, digit, middle}))
        end = middle;
      else
        digit = middle;
    }
  }
  digits_[level] = digit;
  return true;
}

// The levels from `from` inwards go to their first counted steps.
bool Walker::enter(std::size_t from) {
  for (std::size_t i = from; i < digits_.size(); ++i) {
    const WalkLevel& level = walk_->levels[i];
    digits_[i] = 0;
    limits_[i] = level.trips;
    if ((partial_ & bit(i)) != 0) {
      std::int64_t offset = 0;
      for (const std::size_t o : level.outer) offset += digits_[o] * walk_->levels[o].stride;
      limits_[i] = std::min(level.trips, base::ceil_div(level.extent - offset, level.stride));
    }
    if (!next_from(i, 0)) return false;
    mark(i);
  }
  return true;
}

Levels Walker::deciding() const {
  Levels set = 0;
  for (const WalkMask* mask : {own_, counted_})
    if (mask != nullptr) set |= mask->levels();
  for (std::size_t i = 0; i < digits_.size(); ++i)
    if ((partial_ & bit(i)) != 0)
      for (const std::size_t outer : walk_->levels[i].outer) set |= bit(outer);
  return set;
}

void Walker::step_on() {
  for (std::size_t i = digits_.size(); i > 0; --i) {
    if (!next_from(i - 1, digits_[i - 1] + 1)) continue;
    mark(i - 1);
    enter(i);
    return;
  }
  done_ = true;
}

// At no earlier step of the set's levels does the mask leave anything.
bool Walker::none_before(const WalkMask& mask, Levels set) const {
  if ((set & ~first_ & ~mask.levels()) != 0) return false;
  // Earlier: one level of the set at an earlier step, those outside it where they stand.
  for (std::size_t i = 0; i < digits_.size(); ++i)
    if ((set & mask.levels() & bit(i)) != 0 &&
        exists(mask, (all_ & ~set) | (bit(i) - 1), {i, 0, digits_[i]}))
      return false;
  return true;
}

bool Walker::none_behind(const WalkMask& mask, Levels set) const {
  const Levels known = set & mask.levels();
  if ((set & ~last_ & ~known) != 0) return false;
  if (known == 0) return true;
  // Mostly the next step of the innermost level is left, which is quicker to say.
  const auto inner = static_cast<std::size_t>(63 - __builtin_clzll(known));
  if (exists(mask, (all_ & ~set) | (bit(inner) - 1),
             {inner, digits_[inner] + 1, std::min(digits_[inner] + 2, limits_[inner])}))
    return false;
  for (std::size_t i = 0; i < digits_.size(); ++i)
    if ((set & mask.levels() & bit(i)) != 0 &&
        exists(mask, (all_ & ~set) | (bit(i) - 1), {i, digits_[i] + 1, limits_[i]}))
      return false;
  return true;
}

}  // namespace einfall::mappings
