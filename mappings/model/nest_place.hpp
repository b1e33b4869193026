#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mappings/walk/walk.hpp"

/// Where the loops of a nest stand, and what masks leave there (nest_time.hpp).
namespace einfall::mappings {

struct NestPlace {
  PartSet first, last;             // at the first step, at the end of the loop
  std::vector<std::int64_t> step;  // by part

  void stand(PartId part, std::int64_t at, std::int64_t steps) {
    step[part.index()] = at;
    first.erase(part);
    last.erase(part);
    if (at == 0) first.insert(part);
    if (at + 1 == steps) last.insert(part);
  }
};

/// What moves where a level goes one step on: all visits of a mask, so many steps along a level
/// inside.
struct NestShift {
  std::size_t level = 0;
  std::int64_t steps = 0;
  bool operator==(const NestShift&) const = default;
};

/// Questions about the masks of a leaf, whose levels are those of its path. A mask may be null:
/// nothing is left out. Sets have parts of the path only.
class NestMasks {
 public:
  /// `path` must outlive it.
  explicit NestMasks(const Walk& path) : path_(path), walker_(path) {}

  [[nodiscard]] bool has(const SharedMask& mask, const NestPlace& at) {
    return !mask || go(at).exists(*mask, path_.all());
  }
  /// Somewhere inside the loops that the mask knows.
  [[nodiscard]] bool meets(const SharedMask& mask, const NestPlace& at) {
    return !mask || go(at).exists(*mask, mask->levels());
  }
  /// Of the visits that differ from this one in loops of the set only, it is the first (last).
  [[nodiscard]] bool is_first(const SharedMask& mask, const NestPlace& at, PartSet set);
  [[nodiscard]] bool is_last(const SharedMask& mask, const NestPlace& at, PartSet set);

  /// The first step of a level, from `from` up to `end`, with a visit inside; `end`: none.
  [[nodiscard]] std::int64_t next(const SharedMask& mask, const NestPlace& at, std::size_t level,
                                  std::int64_t from, std::int64_t end);
  /// How many steps of the first level inside that the mask knows have visits in a step.
  [[nodiscard]] double visits(const SharedMask& mask, const NestPlace& at, std::size_t level,
                              std::int64_t step);
  /// While a level goes from step `from` up to, not including, `to`, all is alike inside: the same
  /// visits, the first and last of these sets in the same of them. May be false where it is.
  /// Precondition: the steps just outside exist.
  [[nodiscard]] bool alike(const SharedMask& mask, const std::vector<PartSet>& sets,
                           const NestPlace& at, std::size_t level, std::int64_t from,
                           std::int64_t to);
  /// The same of where another mask has visits.
  [[nodiscard]] bool alike(const WalkMask& other, const NestPlace& at, std::size_t level,
                           std::int64_t from, std::int64_t to);

  /// How the visits move where a level goes on; nullopt: they do not all move alike.
  [[nodiscard]] std::optional<NestShift> shift(const Mask& needed, const SharedMask& mask,
                                               std::size_t level) const;
  /// Visits in two steps of a level, and in all between, differ by the shift only: they lie apart
  /// from either end of the level inside, or reach to it in whole steps. Preconditions: that is
  /// their shift, and the mask is not null.
  [[nodiscard]] bool moves_alike(const SharedMask& mask, const NestShift& shift,
                                 const NestPlace& at, std::size_t level, std::int64_t from,
                                 std::int64_t to);

 private:
  /// At either end of a level inside: apart from it, or reaching to it in a whole step; else, and
  /// where there are no visits, cut.
  enum class Reach { kApart, kWhole, kCut };
  std::pair<Reach, Reach> reach(const WalkMask& mask, std::size_t inner, const NestPlace& at,
                                std::size_t level, std::int64_t step);
  static constexpr Levels bit(std::size_t level) { return Levels{1} << level; }
  Walker& go(const NestPlace& at);
  // `ends`: the loops that stand at their own first (behind: last) step.
  bool is_end(const SharedMask& mask, const NestPlace& at, PartSet set, PartSet ends, bool behind);
  bool ends_alike(const WalkMask& mask, Levels set, std::size_t level, std::int64_t from,
                  std::int64_t to) const;
  Issue left(const WalkMask& mask, Levels set, std::size_t outer, bool earlier, bool next,
             const StepRange& range) const;

  const Walk& path_;
  Walker walker_;
};

}  // namespace einfall::mappings
