#include "mappings/model/nest_place.hpp"

#include <algorithm>

namespace einfall::mappings {

using einsum::lattice::Wide;

Walker& NestMasks::go(const NestPlace& at) {
  for (std::size_t l = 0; l < path_.levels.size(); ++l)
    walker_.skip(l, at.step[path_.levels[l].part.index()] - walker_.digit(l));
  return walker_;
}

bool NestMasks::is_first(const SharedMask& mask, const NestPlace& at, PartSet set) {
  return is_end(mask, at, set, at.first, false);
}

bool NestMasks::is_last(const SharedMask& mask, const NestPlace& at, PartSet set) {
  return is_end(mask, at, set, at.last, true);
}

bool NestMasks::is_end(const SharedMask& mask, const NestPlace& at, PartSet set, PartSet ends,
                       bool behind) {
  if ((set - ends).empty()) return true;
  if (!mask) return false;
  const Levels levels = path_.of(set);
  if ((path_.of(set - ends) & ~mask->levels()) != 0) return false;
  go(at);
  for (std::size_t i = 0; i < path_.levels.size(); ++i) {
    if ((levels & mask->levels() & bit(i)) == 0) continue;
    const std::int64_t here = walker_.digit(i);
    const StepRange beyond =
        behind ? StepRange{i, here + 1, path_.levels[i].trips} : StepRange{i, 0, here};
    if (walker_.exists(*mask, (path_.all() & ~levels) | (bit(i) - 1), beyond)) return false;
  }
  return true;
}

std::int64_t NestMasks::next(const SharedMask& mask, const NestPlace& at, std::size_t level,
                             std::int64_t from, std::int64_t end) {
  if (from >= end || !mask || (mask->levels() & bit(level)) == 0) return from;
  const Levels outside = bit(level) - 1;
  go(at);
  if (walker_.exists(*mask, outside, {level, from, from + 1})) return from;
  if (!walker_.exists(*mask, outside, {level, from + 1, end})) return end;
  for (++from; end - from > 1;) {
    const std::int64_t middle = from + (end - from) / 2;
    if (walker_.exists(*mask, outside, {level, from, middle}))
      end = middle;
    else
      from = middle;
  }
  return from;
}

double NestMasks::visits(const SharedMask& mask, const NestPlace& at, std::size_t level,
                         std::int64_t step) {
  if (!mask) return 1;
  const Levels inside = mask->levels() & ~(bit(level + 1) - 1);
  if (inside == 0) return 1;
  const auto inner = static_cast<std::size_t>(__builtin_ctzll(inside));
  NestPlace there = at;
  there.step[path_.levels[level].part.index()] = step;
  go(there);
  const Levels outside = (bit(inner) - 1) & mask->levels() & (bit(level + 1) - 1);
  const std::int64_t trips = path_.levels[inner].trips;
  const auto any = [&](std::int64_t from, std::int64_t to) {
    return walker_.exists(*mask, outside, {inner, from, to});
  };
  if (!any(0, trips)) return 0;
  std::int64_t first = 0, behind_first = trips, last = 0, end = trips;
  while (behind_first - first > 1) {
    const std::int64_t middle = first + (behind_first - first) / 2;
    (any(first, middle) ? behind_first : first) = middle;
  }
  while (end - last > 1) {
    const std::int64_t middle = last + (end - last) / 2;
    (any(middle, end) ? last : end) = middle;
  }
  return static_cast<double>(last - first + 1);
}

bool NestMasks::alike(const SharedMask& mask, const std::vector<PartSet>& sets, const NestPlace& at,
                      std::size_t level, std::int64_t from, std::int64_t to) {
  if (!mask || (mask->levels() & bit(level)) == 0) return true;
  const Issue found = go(at).issue(*mask, bit(level) - 1, {level, from - 1, to + 1});
  if (found == Issue::kNone) return true;
  return found == Issue::kAll && std::all_of(sets.begin(), sets.end(), [&](PartSet set) {
           return ends_alike(*mask, path_.of(set), level, from, to);
         });
}

bool NestMasks::alike(const WalkMask& other, const NestPlace& at, std::size_t level,
                      std::int64_t from, std::int64_t to) {
  return (other.levels() & bit(level)) == 0 ||
         go(at).issue(other, bit(level) - 1, {level, from, to}) != Issue::kSome;
}

std::optional<NestShift> NestMasks::shift(const Mask& needed, const SharedMask& mask,
                                          std::size_t level) const {
  if (needed.any.size() != 1) return std::nullopt;
  std::optional<einsum::RankId> own, other;  // the level's, and the only one with loops inside
  std::size_t inner = 0;
  for (const WalkMask::Rank& rank : mask->ranks) {
    bool runs = false;
    for (const std::size_t l : rank.levels) {
      if (l == level) own = rank.rank;
      if (l <= level || path_.levels[l].trips == 1) continue;
      if (runs || (other && !(*other == rank.rank))) return std::nullopt;
      runs = true;
      other = rank.rank;
      inner = l;
    }
  }
  if (!own || !other || *own == *other) return std::nullopt;
  std::optional<Wide> points;  // along the other rank
  for (const MaskLinear& linear : needed.any.front()) {
    Wide by_own = 0, by_other = 0;
    for (const auto& [rank, coefficient] : linear.terms) {
      if (rank == *own) by_own += coefficient;
      if (rank == *other) by_other += coefficient;
    }
    if (by_own == 0 && by_other == 0) continue;
    if (by_other == 0) return std::nullopt;
    const Wide moved = -by_own * path_.levels[level].stride;
    if (moved % by_other != 0 || (points && *points != moved / by_other)) return std::nullopt;
    points = moved / by_other;
  }
  const std::int64_t stride = path_.levels[inner].stride;
  const Wide most = Wide{stride} * path_.levels[inner].trips;
  if (!points || *points % stride != 0 || *points > most || *points < -most) return std::nullopt;
  return NestShift{inner, static_cast<std::int64_t>(*points / stride)};
}

// The constraints are linear and the ends of the rank stand still: what holds in two steps holds
// between them.
bool NestMasks::moves_alike(const SharedMask& mask, const NestShift& shift, const NestPlace& at,
                            std::size_t level, std::int64_t from, std::int64_t to) {
  const auto first = reach(*mask, shift.level, at, level, from);
  return first.first != Reach::kCut && first.second != Reach::kCut &&
         first == reach(*mask, shift.level, at, level, to);
}

std::pair<NestMasks::Reach, NestMasks::Reach> NestMasks::reach(const WalkMask& mask,
                                                               std::size_t inner,
                                                               const NestPlace& at,
                                                               std::size_t level,
                                                               std::int64_t step) {
  NestPlace there = at;
  there.step[path_.levels[level].part.index()] = step;
  go(there);
  const std::int64_t last = path_.levels[inner].trips - 1;
  if (!walker_.exists(mask, bit(level + 1) - 1, {inner, 0, last + 1}))
    return {Reach::kCut, Reach::kCut};
  const auto end = [&](std::int64_t digit) {
    const Issue found = walker_.issue(mask, bit(level + 1) - 1, {inner, digit, digit + 1});
    return found == Issue::kNone  ? Reach::kApart
           : found == Issue::kAll ? Reach::kWhole
                                  : Reach::kCut;
  };
  return {end(0), end(last)};
}

// With the level itself in the set there are earlier and later visits always; only outer levels can
// make a difference.
bool NestMasks::ends_alike(const WalkMask& mask, Levels set, std::size_t level, std::int64_t from,
                           std::int64_t to) const {
  if ((set & bit(level)) != 0) return true;
  for (const bool earlier : {true, false}) {
    bool none = true;
    bool some = false;
    for (std::size_t s = 0; s < level; ++s) {
      if ((set & mask.levels() & bit(s)) == 0) continue;
      none = none && left(mask, set, s, earlier, false, {level, from, to}) == Issue::kNone;
      some = some || left(mask, set, s, earlier, true, {level, from, to}) == Issue::kAll;
    }
    if (!none && !some) return false;
  }
  return true;
}

// Of the visits that differ from those in the range by an earlier (later) step of `outer`, all or
// the next one.
Issue NestMasks::left(const WalkMask& mask, Levels set, std::size_t outer, bool earlier, bool next,
                      const StepRange& range) const {
  const std::int64_t digit = walker_.digit(outer);
  const std::int64_t steps = path_.levels[outer].trips;
  const std::int64_t low = earlier ? (next ? digit - 1 : 0) : digit + 1;
  const std::int64_t end = earlier ? digit : (next ? digit + 2 : steps);
  if (low < 0 || low >= end || end > steps) return Issue::kNone;
  const Levels outside = bit(range.level) - 1;
  return walker_.issue(mask, (bit(outer) - 1) | (outside & ~set), {outer, low, end}, range);
}

}  // namespace einfall::mappings
