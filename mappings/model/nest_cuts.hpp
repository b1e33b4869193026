#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mappings/ir/mask.hpp"
#include "mappings/model/nest_place.hpp"

namespace einfall::mappings {

/// A rank that the loops of a transfer cut into pieces of which the last is smaller.
struct NestCut {
  std::int64_t size = 0;                                // coordinates of the rank
  std::int64_t extent = 1;                              // of a whole piece
  std::vector<std::pair<PartId, std::int64_t>> stride;  // of the loops

  /// What there is of the piece at a place, 1: all.
  [[nodiscard]] double share(const NestPlace& place) const;
};

/// The ranks of parts in `relevant` that `loops` cut so, none of whose parts outside of a loop is
/// none.
[[nodiscard]] std::vector<NestCut> cuts_of(const BoundMapping& bound, PartSet loops,
                                           PartSet relevant);

/// As many whole pieces hold as much as all iterations of `loops` that a mask over the loops
/// `masked` leaves; nullopt: there are too many different ones.
[[nodiscard]] std::optional<double> whole_pieces(const BoundMapping& bound, const Mask& mask,
                                                 PartSet masked, PartSet loops,
                                                 const std::vector<NestCut>& cuts);

}  // namespace einfall::mappings
