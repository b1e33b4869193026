#pragma once

#include <optional>
#include <vector>

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// What the users of a kept tensor need of it together while the loops around them stand still: at
/// each position the coordinates that any of them needs, inside the tensor.
/// Where an index has gaps and reaches over an end, as many as lie inside at most.
class SliceShape {
 public:
  /// `within`: the parts that run while the loops stand still; what an index chooses is counted as
  /// new for each of them.
  SliceShape(const BoundMapping& bound, const std::vector<einsum::AccessId>& users, PartSet within);

  /// Elements while each rank runs through its range.
  [[nodiscard]] std::int64_t elements(const RankRanges& tile) const;

  /// As many for each tile of a rank inside the box: one is like another, moved, and none is cut
  /// off where the tensor ends. `step`: points from one tile to the next.
  [[nodiscard]] bool is_alike(einsum::RankId rank, std::int64_t step, const RankRanges& box) const;

 private:
  friend class SliceCounter;
  struct User {
    std::vector<TermForm> terms;
    std::int64_t constant = 0;
  };
  struct Position {
    std::int64_t extent = 1;
    std::int64_t fixed = 0;  // above 0: coordinates that an index chooses, or the state
    std::vector<User> users;
  };
  [[nodiscard]] static std::int64_t coordinates(const Position& position, const RankRanges& tile);
  std::vector<Position> positions_;
};

/// The slices that a keep holds one after another, if some have elements in common or are cut where
/// the tensor ends.
struct SliceTotals {
  std::int64_t sum = 0;
  std::int64_t largest = 0;
};

/// Some user of a tensor that is only read reaches over its ends (`n - 2`), so that slices there
/// are shorter than others. False if an index chooses what it reads.
[[nodiscard]] bool is_cut_at_ends(const BoundMapping& bound, const BoundKeep& keep);

/// So many different ones are counted.
inline constexpr std::int64_t kMostSlices = std::int64_t{1} << 20;

/// Of all issued iterations of `loops`; nullopt: more different ones than are counted.
[[nodiscard]] std::optional<SliceTotals> slice_totals(const BoundMapping& bound,
                                                      const BoundKeep& keep, PartSet loops);

}  // namespace einfall::mappings
