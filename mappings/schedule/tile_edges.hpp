#pragma once

#include <cstdint>

#include "mappings/schedule/tile_timing.hpp"

namespace einfall::mappings {

/// What lies between column 0 (or lane 0), whose time tile_timing tells, and the results of all
/// rows and columns outside the unit. Results that stay in the PEs of an array are shifted out down
/// their columns, on links of their own, so that this takes no issue cycles.
struct TileEdges {
  /// From when column 0 has something to when the last column of a full tile has it.
  std::int64_t spread = 0;
  /// Words of a result that are shifted out, the last row's first: one from each row in each pass,
  /// one a cycle. 0: it comes out by itself.
  std::int64_t words = 0;
  /// From when a result can be used in its PE to when the first of them is at the foot.
  std::int64_t to_foot = 0;
};
[[nodiscard]] TileEdges tile_edges(const BoundMapping& bound, const arch::Machine& machine,
                                   const Tile& tile);

/// From the start of a visit to when the results of all rows and columns are outside the unit.
[[nodiscard]] std::int64_t settled(const TileTiming& timing, const TileEdges& edges);

/// Cycles from one row of an array to the next: an instruction may not come down faster than the
/// slowest operator makes what is handed down with it (docs/rationale/stepped-arrays.md).
[[nodiscard]] std::int64_t row_skew(const arch::ComputeUnit& unit);

}  // namespace einfall::mappings
