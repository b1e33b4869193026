#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// How values of an earlier pass reach a later one.
enum class Handover {
  kBuffered,    // the whole fibre stays in the buffer, at the price of smaller tiles
  kSpilled,     // written out and read back
  kRecomputed,  // inputs are read again
  kCheapest     // the lighter of spilling and recomputing, per boundary (min-cut)
};

/// One family of schedules: `tiled` is cut into tiles, a tile's rows stay in the buffer while all
/// passes of `swept` run over it in chunks, then the next tile follows.
struct TilePlan {
  RankId swept;            // M of attention
  RankId tiled;            // P of attention
  std::int64_t chunk = 1;  // elements of `swept` in the buffer at a time
  Handover handover = Handover::kCheapest;
};

/// What the schedule moves. In the buffer: for every row of the tile the inputs without `swept`,
/// the values reduced or carried along it (in their accumulation type) and the widest streamed
/// value of a chunk (computed in place); for a chunk the inputs without `tiled`.
struct TiledTraffic {
  std::int64_t rows = 0;  // of `tiled`, in one tile
  std::int64_t tiles = 0;
  base::Bytes total{0};
  base::Bytes once{0};                  // inputs with `tiled` and outputs
  base::Bytes per_tile{0};              // inputs without `tiled`, read for every tile
  std::vector<base::Bytes> boundaries;  // extra, by pass boundary
};

/// Errors: E505 not one row fits; E503 beyond 2^53 bytes; E504 passes that grow with a size.
[[nodiscard]] base::Result<TiledTraffic> tiled_traffic(const Cascade& cascade, const Sizes& sizes,
                                                       base::Bytes capacity, const TilePlan& plan);

}  // namespace einfall::einsum
