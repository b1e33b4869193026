#pragma once

// A sweep over the tiles of keys that the queries of a block see: the loop that all fused kernels
// with query tiles share. One tile of K and one of V are in shared memory; V of a tile is on its
// way while its scores are computed, K of the next while its values are added.

#include <type_traits>

#include "gpu_ref/tile/mask.cuh"
#include "gpu_ref/tile/products.cuh"

namespace einfall::gpu_ref {

/// How a block of queries is cut: `Warps` warps of 16 x RowTiles rows each, Keys keys a tile.
/// With two row tiles a warp, every K and V fragment read from shared memory serves two products:
/// at d = 128 shared memory would otherwise be the bound (256 KiB a tile of 64 keys at 128 B a
/// clock = 2048 clocks, against 1650 of mma.sync). At d = 256 the outputs take all registers of
/// one.
template <class T, int Dim_, int RowTiles = Dim_ == 256 ? 1 : 2>
struct QueryBlock {
  using Key = T;    // of Q and K
  using Value = T;  // of V
  using Out = T;
  using Score = float;  // sums of Q K^T
  using Order = KeysInOrder;
  static constexpr bool kTransposedValues = false;
  static constexpr int kDim = Dim_;
  static constexpr int kRowTiles = RowTiles;
  static constexpr int kWarps = 8 / RowTiles;
  static constexpr int kKeys = 64;
  static constexpr int kWarpRows = 16 * kRowTiles;
  static constexpr int kRows = kWarpRows * kWarps;
  static constexpr int kThreads = 32 * kWarps;
};

/// Where the tiles of a shape lie in shared memory. The outputs' tile takes the place of the
/// queries' (and of more, where an output is wider than a query) when the sweeps are done.
template <class Shape>
struct QueryTiles {
  using Queries = Tile<typename Shape::Key, Shape::kDim>;
  using Values =
      std::conditional_t<Shape::kTransposedValues, Tile<typename Shape::Value, Shape::kKeys>,
                         Tile<typename Shape::Value, Shape::kDim>>;
  using Outputs = Tile<typename Shape::Out, Shape::kDim>;
  static constexpr int kKeysAt = Queries::bytes(Shape::kRows);
  static constexpr int kValuesAt = kKeysAt + Queries::bytes(Shape::kKeys);
  static constexpr int kEnd =
      kValuesAt + Values::bytes(Shape::kTransposedValues ? Shape::kDim : Shape::kKeys);
  static constexpr std::size_t kBytes = kEnd > Outputs::bytes(Shape::kRows)
                                            ? kEnd
                                            : Outputs::bytes(Shape::kRows);
};

/// What one block works on.
template <class Shape>
struct QueryWork {
  using Tiles = QueryTiles<Shape>;
  const typename Shape::Key* queries;   // of this head: [queries, kDim]
  const typename Shape::Key* keys;      // of its head of keys: [keys, kDim]
  const typename Shape::Value* values;  // [keys, kDim], or [kDim, keys]
  Mask mask;
  int first_query;

  __device__ typename Tiles::Queries query_tile() const {
    return {shared_at<typename Shape::Key>(0)};
  }
  __device__ typename Tiles::Queries key_tile() const {
    return {shared_at<typename Shape::Key>(Tiles::kKeysAt)};
  }
  __device__ typename Tiles::Values value_tile() const {
    return {shared_at<typename Shape::Value>(Tiles::kValuesAt)};
  }
  __device__ typename Tiles::Outputs output_tile() const {
    return {shared_at<typename Shape::Out>(0)};
  }
  /// The row of the query tile where this warp's rows begin.
  __device__ int warp_row() const { return warp_index() * Shape::kWarpRows; }
};

/// All tiles that hold a key which one of the block's queries sees, in order.
template <class Shape>
struct AllTiles {
  int first = 0, count = 0;
  __device__ AllTiles(const Mask& mask, int first_query) {
    const int end_query =
        first_query + Shape::kRows < mask.queries ? first_query + Shape::kRows : mask.queries;
    first = mask.first_key(first_query) / Shape::kKeys;
    const int end = (mask.end_key(end_query) + Shape::kKeys - 1) / Shape::kKeys;
    count = end > first ? end - first : 0;
  }
  __device__ int tile(int i) const { return first + i; }
};
/// The tiles of a part of a list.
struct ListedTiles {
  const int* lists = nullptr;
  int first = 0, count = 0;
  __device__ int tile(int i) const { return load_global(lists + first + i); }
};

/// Begins the copy of the block's queries; the first sweep waits for it.
template <class Shape>
__device__ __forceinline__ void begin_queries(const QueryWork<Shape>& work) {
  copy_rows<Shape::kRows, Shape::kThreads>(work.query_tile(), work.queries, work.first_query,
                                           work.mask.queries);
  commit_copies();
}

/// Begins the copy of a tile of values. Transposed ones come in whole tiles.
template <class Shape>
__device__ __forceinline__ void begin_values(const QueryWork<Shape>& work, int first_key) {
  if constexpr (Shape::kTransposedValues)
    copy_rows<Shape::kDim, Shape::kThreads>(work.value_tile(), work.values + first_key, 0,
                                            Shape::kDim, work.mask.keys);
  else
    copy_rows<Shape::kKeys, Shape::kThreads>(work.value_tile(), work.values, first_key,
                                             work.mask.keys);
  commit_copies();
}

/// The scores of the warp's rows with the keys in shared memory.
template <class Shape>
__device__ __forceinline__ void multiply_keys(const QueryWork<Shape>& work,
                                              Accumulator<Shape::kRowTiles, Shape::kKeys>& scores) {
  if constexpr (std::is_same_v<typename Shape::Score, float>) {
    clear(scores);
    add_scores<typename Shape::Order>(scores, work.query_tile(), work.warp_row(), work.key_tile());
  } else {
    typename Shape::Score sums[Shape::kRowTiles][Shape::kKeys / 8][4];
    clear(sums);
    add_scores<typename Shape::Order>(sums, work.query_tile(), work.warp_row(), work.key_tile());
#pragma unroll
    for (int r = 0; r < Shape::kRowTiles; ++r)
#pragma unroll
      for (int n = 0; n < Shape::kKeys / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) scores[r][n][i] = static_cast<float>(sums[r][n][i]);
  }
}

/// For every tile: scores, masked where need be, are given to turn(scores), which may change them;
/// with values, outputs += scores V then.
template <bool WithValues, class Shape, class Tiles, class Turn>
__device__ __forceinline__ void sweep(const QueryWork<Shape>& work, const Tiles& tiles,
                                      Accumulator<Shape::kRowTiles, Shape::kDim>& outputs,
                                      Turn turn) {
  const auto begin_keys = [&](int first_key) {
    copy_rows<Shape::kKeys, Shape::kThreads>(work.key_tile(), work.keys, first_key, work.mask.keys);
    commit_copies();
  };
  int first_key = tiles.count > 0 ? tiles.tile(0) * Shape::kKeys : 0;
  if (tiles.count > 0) begin_keys(first_key);
  const int end_query = work.first_query + Shape::kRows;
  const int my_query = work.first_query + work.warp_row();
#pragma unroll 1
  for (int i = 0; i < tiles.count; ++i) {
    const bool more = i + 1 < tiles.count;
    const int next_key = more ? tiles.tile(i + 1) * Shape::kKeys : 0;
    wait_copies<0>();
    __syncthreads();  // K is there for all, and V of the last tile has been used by all
    if (WithValues) begin_values(work, first_key);
    Accumulator<Shape::kRowTiles, Shape::kKeys> scores;
    multiply_keys(work, scores);
    wait_copies<0>();
    __syncthreads();  // V is there for all, and K has been used by all
    if (more) begin_keys(next_key);
    if (!work.mask.full(work.first_query, end_query, first_key, first_key + Shape::kKeys))
      apply<typename Shape::Order>(work.mask, scores, first_key,
                                   [&](int row) { return my_query + row; });
    turn(scores);
    if (WithValues) add_values<typename Shape::Value>(outputs, scores, work.value_tile());
    first_key = next_key;
  }
}

/// Writes the outputs of the block's queries, rounded, by way of shared memory.
template <class Shape>
__device__ __forceinline__ void write_outputs(
    const QueryWork<Shape>& work, const Accumulator<Shape::kRowTiles, Shape::kDim>& outputs,
    typename Shape::Out* to) {
  using T = typename Shape::Out;
  constexpr int kChunks = Tile<T, Shape::kDim>::kChunks;
  const auto tile = work.output_tile();
  const int lane = lane_index(), row = work.warp_row();
  wait_copies<0>();
  __syncthreads();  // a block without a tile of keys has not waited for its queries yet
#pragma unroll
  for (int r = 0; r < Shape::kRowTiles; ++r)
#pragma unroll
    for (int n = 0; n < Shape::kDim / 8; ++n)
#pragma unroll
      for (int h = 0; h < 2; ++h)
        tile.chunk(row + 16 * r + lane / 4 + 8 * h, n)
            .template as<std::uint32_t>()
            .set(lane % 4, pack<T>(outputs[r][n][2 * h], outputs[r][n][2 * h + 1]));
  __syncwarp();
#pragma unroll
  for (int i = 0; i < Shape::kWarpRows * kChunks / 32; ++i) {
    const int at = i * 32 + lane, r = row + at / kChunks, chunk = at % kChunks;
    const std::int64_t query = work.first_query + r;
    if (query < work.mask.queries)
      store_global(reinterpret_cast<Pack<T, 8>*>(to + query * Shape::kDim) + chunk,
                   tile.chunk(r, chunk).template as<Pack<T, 8>>().get(0));
  }
}

}  // namespace einfall::gpu_ref
