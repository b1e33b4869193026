#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mappings/ir/mask.hpp"
#include "mappings/model/nest_place.hpp"
#include "mappings/schedule/exact.hpp"

namespace einfall::mappings {

/// A rank, or a position of a tensor that runs with one, that the loops around a transfer or an
/// operation cut into pieces of which the last is smaller.
struct NestCut {
  einsum::RankId rank;
  std::int64_t each = 1;                                // of a coordinate of the rank
  std::int64_t size = 0;                                // of all
  std::int64_t extent = 1;                              // of a whole piece
  std::int64_t step = 1;                                // that are taken at once
  std::vector<std::pair<PartId, std::int64_t>> stride;  // of the loops

  /// What there is of the piece at a place, 1: all.
  [[nodiscard]] double share(const NestPlace& place) const;
  /// Of the last piece, and of all pieces in the mean.
  [[nodiscard]] double last_share() const;
  [[nodiscard]] double mean_share() const;
};

/// What there is at a place of what all of them cut.
[[nodiscard]] double share_of(const std::vector<NestCut>& cuts, const NestPlace& place);

/// What `loops` cut so of an access: ranks, none of whose parts outside of a loop is none, and
/// positions of the tensor that several ranks make, in pieces without common elements. Never the
/// steps of a state, of which one is there at a time.
[[nodiscard]] std::vector<NestCut> cuts_of(const BoundMapping& bound, PartSet loops,
                                           const BoundAccess& access);

/// Steps of `time` in a whole visit of an Einsum with these loops, and the ranks along which its
/// last visit takes fewer: those of which no loop stands inside `time`, and nothing laid out
/// outside.
struct NestSteps {
  std::int64_t whole = 1;
  std::vector<NestCut> cuts;
};
[[nodiscard]] NestSteps steps_of(const BoundMapping& bound, PartSet loops, PartSet time);

/// What `loops` cut so of one position of a tensor that several ranks make; nullopt: more than one
/// of the ranks moves it, its pieces have elements in common, or the last lies outside.
[[nodiscard]] std::optional<NestCut> cut_of(const BoundMapping& bound, PartSet loops,
                                            const IndexForm& form);

/// As many whole pieces hold as much as all iterations of `loops` that a mask over the loops
/// `masked` leaves; nullopt: there are too many different ones.
[[nodiscard]] std::optional<Exact> whole_pieces(const BoundMapping& bound, const Mask& mask,
                                                PartSet masked, PartSet loops,
                                                const std::vector<NestCut>& cuts);

}  // namespace einfall::mappings
