#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "mappings/ir/bind.hpp"

/// The order in which a piece of hardware goes through a part of the nest: an odometer over loops
/// that knows where partial tiles end, and which iterations a mask leaves out.
namespace einfall::mappings {

/// A set of the levels of a walk, one bit each, level 0 outermost.
using Levels = std::uint64_t;

struct WalkLevel {
  PartId part;
  std::int64_t trips = 1;   // of a full tile
  std::int64_t stride = 1;  // points of its rank that one step covers
  std::int64_t extent = 1;  // points of the rank
  /// Levels outside this one that cut the same rank. Where they are all of its outer parts, the
  /// last tile may be partial: fewer steps then.
  std::vector<std::size_t> outer;
  bool may_be_partial = false;
};

/// The iterations that a mask leaves, in terms of the levels of a walk.
struct WalkMask {
  IssuedTiles tiles;
  struct Rank {
    einsum::RankId rank;
    std::int64_t extent = 1;
    std::vector<std::size_t> levels;  // that divide it, from its outermost part inwards
    std::int64_t shift = 0;           // points from where the walk stands
  };
  std::vector<Rank> ranks;  // those the mask couples
  /// The walk's iterations are divided as far as the mask's: whoever stands at an iteration of the
  /// one stands at one of the other.
  bool operator==(const WalkMask& other) const { return tiles == other.tiles; }
  [[nodiscard]] Levels levels() const;
};
using SharedMask = std::shared_ptr<const WalkMask>;  // null: nothing is left out

/// Which loops, outermost first. At most 64.
struct Walk {
  std::vector<WalkLevel> levels;
  SharedMask mask;
  /// Operations that take turns (Operation::group) count the iterations that one of them has.
  SharedMask counted;

  [[nodiscard]] Levels all() const;
  /// The levels whose parts are in the set.
  [[nodiscard]] Levels of(PartSet parts) const;
  [[nodiscard]] PartSet parts() const;
};

[[nodiscard]] Walk make_walk(const BoundMapping& bound, const std::vector<PartId>& loops);

/// A mask whose tiles are iterations of `loops`, in terms of those levels of the walk that are
/// among `known`; null if it leaves nothing out.
[[nodiscard]] SharedMask make_mask(const BoundMapping& bound, const Walk& walk, const Mask& mask,
                                   PartSet loops, PartSet known);

/// Both leave the same iterations.
[[nodiscard]] inline bool same_mask(const Walk& a, const Walk& b) {
  return a.mask == b.mask || (a.mask && b.mask && *a.mask == *b.mask);
}
/// The mask of one walk for another that goes through some of the same loops.
[[nodiscard]] SharedMask recast(const Walk& from, const Walk& to, PartSet known);

/// Steps of a level from `from` up to, not including, `to`.
struct StepRange {
  std::size_t level = ~std::size_t{0};  // none
  std::int64_t from = 0, to = 1;
};

/// A place in a walk. Starts at the first counted iteration; after the last, `done` until reset.
class Walker {
 public:
  explicit Walker(const Walk& walk);

  [[nodiscard]] bool done() const { return done_; }
  /// To the next counted iteration.
  void next() {
    // Nearly always the innermost loop steps on, and nothing is left out.
    if (counted_ != nullptr || at_end(innermost_)) return step_on();
    ++digits_.back();
    mark(digits_.size() - 1);
  }
  /// Back to the first.
  void reset();
  /// The walk's own mask leaves this iteration.
  [[nodiscard]] bool issued() const { return own_ == counted_ || exists(*own_, all_); }

  [[nodiscard]] const Walk& walk() const { return *walk_; }
  [[nodiscard]] std::int64_t digit(std::size_t level) const { return digits_[level]; }
  [[nodiscard]] const std::vector<std::int64_t>& digits() const { return digits_; }
  /// Steps of a level while the levels outside it stand where they are, those left out included.
  [[nodiscard]] std::int64_t limit(std::size_t level) const { return limits_[level]; }
  /// Every level of the set stands at the end of its loop.
  [[nodiscard]] bool at_end(Levels set) const { return (set & ~last_) == 0; }

  /// Of the walk's own iterations that differ from this one in levels of the set only, it is the
  /// first (last).
  [[nodiscard]] bool at_first(Levels set) const {
    return (set & ~first_) == 0 || (own_ != nullptr && none_before(*own_, set));
  }
  [[nodiscard]] bool at_last(Levels set) const {
    return at_end(set) || (own_ != nullptr && none_behind(*own_, set));
  }
  /// As at_last, of the counted iterations.
  [[nodiscard]] bool at_last_counted(Levels set) const {
    return at_end(set) || (counted_ != nullptr && none_behind(*counted_, set));
  }

  /// A mask leaves an iteration where the levels of `standing` (those it knows) stand, a level goes
  /// through a range and the others run.
  [[nodiscard]] bool exists(const WalkMask& mask, Levels standing,
                            const StepRange& range = {}) const;
  /// How much of such a box it leaves.
  [[nodiscard]] Issue issue(const WalkMask& mask, Levels standing, const StepRange& range,
                            const StepRange& other = {}) const;

  /// Moves one level on without touching the others. Precondition: every place on the way is like
  /// this one (mappings/program/steady.hpp).
  void skip(std::size_t level, std::int64_t steps) { digits_[level] += steps; }
  /// Moves one level on (or back) to another step of its loop. Precondition: the level is none of
  /// the deciding ones.
  void move(std::size_t level, std::int64_t steps) {
    digits_[level] += steps;
    mark(level);
  }
  /// Levels whose step decides which iterations there are inside: those that a mask knows, and
  /// those around a tile that may be partial.
  [[nodiscard]] Levels deciding() const;

 private:
  void step_on();
  bool enter(std::size_t from);
  void mark(std::size_t level) {
    const Levels here = Levels{1} << level;
    first_ = digits_[level] == 0 ? first_ | here : first_ & ~here;
    last_ = digits_[level] == limits_[level] - 1 ? last_ | here : last_ & ~here;
  }
  bool next_from(std::size_t level, std::int64_t digit);
  Issue fill_box(const WalkMask& mask, Levels standing, const StepRange& range,
                 const StepRange& other) const;
  bool none_before(const WalkMask& mask, Levels set) const;
  bool none_behind(const WalkMask& mask, Levels set) const;

  const Walk* walk_;
  const WalkMask* own_;
  const WalkMask* counted_;
  Levels all_ = 0;
  Levels innermost_ = 0;  // none: no levels
  Levels partial_ = 0;    // whose last tile is
  std::vector<std::int64_t> digits_, limits_;
  Levels first_ = 0, last_ = 0;  // at the first step, at the end of the loop
  bool done_ = false;
  mutable RankRanges box_;  // whole ranks but while a question is asked
};

}  // namespace einfall::mappings
