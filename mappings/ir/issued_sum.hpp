#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "mappings/ir/mask.hpp"

namespace einfall::mappings {

/// What one iteration counts for along one rank, given its range there: the same for all tiles of
/// the rank but the last.
using TileWeight =
    std::function<std::int64_t(std::size_t rank, std::pair<std::int64_t, std::int64_t> range)>;

/// The sum over the issued iterations of `loops` of the product of their weights along the ranks
/// that the mask names, at most 2^62. In closed form: a tile is issued where its number satisfies
/// linear constraints, so the tiles are counted as lattice points. nullopt: the constraints are not
/// of a kind that can be. Complexity: independent of the sizes.
[[nodiscard]] std::optional<std::int64_t> issued_sum(const BoundMapping& bound, const Mask& mask,
                                                     PartSet loops, const TileWeight& weight);

}  // namespace einfall::mappings
