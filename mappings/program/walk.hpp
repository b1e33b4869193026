#pragma once

#include <cstdint>
#include <vector>

#include "mappings/ir/bind.hpp"

/// The order in which a piece of hardware goes through a part of the nest: an odometer over loops
/// that knows where partial tiles end.
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

/// Which loops, outermost first. At most 64.
struct Walk {
  std::vector<WalkLevel> levels;

  [[nodiscard]] Levels all() const;
  /// The levels whose parts are in the set.
  [[nodiscard]] Levels of(PartSet parts) const;
  [[nodiscard]] PartSet parts() const;
};

[[nodiscard]] Walk make_walk(const BoundMapping& bound, const std::vector<PartId>& loops);

/// A place in a walk. Starts at the first step; after the last, `done` until reset.
class Walker {
 public:
  explicit Walker(const Walk& walk);

  [[nodiscard]] bool done() const { return done_; }
  void next();
  /// Back to the first step.
  void reset();

  [[nodiscard]] std::int64_t digit(std::size_t level) const { return digits_[level]; }
  [[nodiscard]] const std::vector<std::int64_t>& digits() const { return digits_; }
  /// Steps of a level while the levels outside it stand where they are.
  [[nodiscard]] std::int64_t limit(std::size_t level) const { return limits_[level]; }
  /// Every level of the set stands at its first (last) step.
  [[nodiscard]] bool at_first(Levels set) const { return (set & ~first_) == 0; }
  [[nodiscard]] bool at_last(Levels set) const { return (set & ~last_) == 0; }
  /// Moves one level on without touching the others. Precondition: it stays inside its limit and
  /// is neither at its first nor, before or after, at its last step.
  void skip(std::size_t level, std::int64_t steps) { digits_[level] += steps; }

 private:
  void settle(std::size_t from);

  const Walk* walk_;
  std::vector<std::int64_t> digits_, limits_;
  Levels first_ = 0, last_ = 0;
  bool done_ = false;
};

}  // namespace einfall::mappings
