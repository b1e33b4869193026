#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "einsum/ir/size_poly.hpp"
#include "mappings/ir/part_set.hpp"

/// Tiles that a mask leaves entirely empty are never issued: no time, no traffic, no energy. A tile
/// with one needed point is issued whole.
namespace einfall::mappings {

struct BoundMapping;

/// sum of coefficient * coordinate + constant <= 0, over ranks.
struct MaskLinear {
  std::vector<std::pair<einsum::RankId, std::int64_t>> terms;
  std::int64_t constant = 0;
  bool operator==(const MaskLinear&) const = default;
};
using MaskConjunction = std::vector<MaskLinear>;

/// The points that are needed: those of one conjunction at least. None listed: all points.
struct Mask {
  std::vector<MaskConjunction> any;

  bool operator==(const Mask&) const = default;
  [[nodiscard]] bool everything() const { return any.empty(); }
  /// Also what the other needs.
  void add(const Mask& other);
};

/// By RankId: coordinates from `first` up to, not including, `second`.
using RankRanges = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Calls `use` with disjoint boxes which together are all iterations of `loops` that have a needed
/// point (each constraint taken by itself). Every box is made of whole iterations. Ranks whose
/// outermost part is not in `loops` are not divided. Time O(tiles along the edge of the mask);
/// false: there were more boxes than kMostBoxes, and the rest was left out.
[[nodiscard]] bool each_issued_box(const BoundMapping& bound, const Mask& mask, PartSet loops,
                                   const std::function<void(const RankRanges&)>& use);
inline constexpr std::int64_t kMostBoxes = std::int64_t{1} << 18;

/// So few tiles, along all ranks that the mask names together, are sooner looked at than counted in
/// closed form.
[[nodiscard]] bool has_few_tiles(const BoundMapping& bound, const Mask& mask, PartSet loops);

/// Whether a box has a needed point, and whether each of its iterations of `loops` has.
enum class Issue { kNone, kSome, kAll };
[[nodiscard]] Issue issue(const BoundMapping& bound, const Mask& mask, PartSet loops,
                          const RankRanges& box);

/// The iterations of `loops` that a mask leaves, prepared for many questions.
class IssuedTiles {
 public:
  IssuedTiles(const BoundMapping& bound, const Mask& mask, PartSet loops);
  bool operator==(const IssuedTiles&) const = default;

  /// The mask names the rank: which iterations are left depends on where it stands.
  [[nodiscard]] bool couples(einsum::RankId rank) const { return coupled_[rank.index()]; }
  [[nodiscard]] Issue issue(const RankRanges& box) const;
  /// Whether one iteration in the box is issued (each constraint taken by itself). The box is the
  /// same afterwards. Time O(tiles along the edge of the mask) at worst.
  [[nodiscard]] bool any(RankRanges& box) const;

 private:
  friend class Divider;
  Mask mask_;
  std::vector<std::int64_t> stride_;  // of a tile, by rank
  std::vector<bool> coupled_;
};

/// As `steps` of these parts (bind.hpp), of the issued iterations of `loops` only. 2^62 also where
/// there are more than kMostBoxes to be looked at (legality.hpp refuses such masks).
[[nodiscard]] std::int64_t issued_steps(const BoundMapping& bound, PartSet parts, const Mask& mask,
                                        PartSet loops);

/// Points of a rank that one iteration of its parts among `loops` covers, from the outermost in.
[[nodiscard]] std::int64_t tile_stride(const BoundMapping& bound, einsum::RankId rank,
                                       PartSet loops);

}  // namespace einfall::mappings
