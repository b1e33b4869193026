#pragma once

// Few queries against many keys: the rows of a block are the queries that share a head of keys (GQA
// packing), each warp sweeps over key rows of its own, and what was summed apart is merged at the
// end. Used by K5.

#include "gpu_ref/kernels/attention.cuh"
#include "gpu_ref/tile/products.cuh"
#include "gpu_ref/tile/softmax.cuh"

namespace einfall::gpu_ref {

/// Four warps with a pipeline of copies each, so that no barrier of the block stands in the loop.
template <class T_, int Dim_>
struct DecodeBlock {
  using T = T_;
  static constexpr int kDim = Dim_;
  static constexpr int kWarps = 4;
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kRows = 16;      // of one product; fewer queries leave rows empty
  static constexpr int kWarpKeys = 16;  // a warp's share of a tile
  static constexpr int kKeys = kWarps * kWarpKeys;
  static constexpr int kStages = kDim == 256 ? 2 : kDim == 128 ? 3 : 4;
  using Tile_ = Tile<T, kDim>;
  static constexpr int kStageBytes = 2 * Tile_::bytes(kWarpKeys);  // K and V
  static constexpr std::uint32_t kStagesAt = Tile_::bytes(kRows);
  static constexpr std::size_t kSharedBytes = kStagesAt + kWarps * kStages * kStageBytes;
  // After the sweeps the stages hold what the warps summed: outputs, then maxima and sums.
  static constexpr int kPartial = kRows * kDim + 2 * kRows;  // floats
  static_assert(kWarps * kPartial * 4 <= kWarps * kStages * kStageBytes);
  // For merging, every row is the business of 8 threads.
  static constexpr int kRowThreads = kThreads / kRows;
  static constexpr int kPacks = kDim / 4 / kRowThreads;  // of 4 columns, a thread
};

/// The queries of one block: 16 rows of the (head of the group, query) pairs that share keys.
template <class Shape>
struct DecodeRows {
  int kv_head;    // over all batch entries
  int first_row;  // of the group's pairs
  int end_row;

  __device__ DecodeRows(const AttentionOperands<typename Shape::T>& in, int unit) {
    const int pairs = in.heads / in.kv_heads * in.mask.queries;
    const int blocks = (pairs + Shape::kRows - 1) / Shape::kRows;
    kv_head = unit / blocks;
    first_row = unit % blocks * Shape::kRows;
    end_row = first_row + Shape::kRows < pairs ? first_row + Shape::kRows : pairs;
  }
  /// Where row r of the block stands in Q and O; precondition: it is one of them.
  __device__ std::int64_t place(const AttentionOperands<typename Shape::T>& in, int r) const {
    const int group = in.heads / in.kv_heads, pair = first_row + r;
    const std::int64_t head = static_cast<std::int64_t>(kv_head) * group + pair / in.mask.queries;
    return (head * in.mask.queries + pair % in.mask.queries) * Shape::kDim;
  }
  __device__ bool has(int r) const { return first_row + r < end_row; }
};

/// Tiles [first, end) of the keys.
struct KeySpan {
  int first = 0, end = 0;
};

template <class Shape>
__device__ __forceinline__ void load_queries(const AttentionOperands<typename Shape::T>& in,
                                             const DecodeRows<Shape>& rows) {
  using T = typename Shape::T;
  const Tile<T, Shape::kDim> tile{shared_at<T>(0)};
  constexpr int kChunks = Tile<T, Shape::kDim>::kChunks;
  for (int i = static_cast<int>(threadIdx.x); i < Shape::kRows * kChunks; i += Shape::kThreads) {
    const int r = i / kChunks, chunk = i % kChunks;
    Pack<T, 8> numbers{};
    if (rows.has(r))
      numbers =
          load_global(reinterpret_cast<const Pack<T, 8>*>(in.q + rows.place(in, r) + 8 * chunk));
    tile.chunk(r, chunk).template as<Pack<T, 8>>().set(0, numbers);
  }
}

/// One warp's sweep over its rows of the tiles of a span; see sweep() for turn().
template <bool WithValues, class Shape, class Turn>
__device__ __forceinline__ void decode_sweep(const AttentionOperands<typename Shape::T>& in,
                                             const DecodeRows<Shape>& rows, KeySpan span,
                                             Accumulator<1, Shape::kDim>& outputs, Turn turn) {
  using T = typename Shape::T;
  constexpr int kStages = Shape::kStages;
  const std::int64_t head_at = static_cast<std::int64_t>(rows.kv_head) * in.mask.keys * Shape::kDim;
  const auto tile_at = [&](int stage, int which) {
    const int at = (warp_index() * kStages + stage) * Shape::kStageBytes;
    return Tile<T, Shape::kDim>{shared_at<T>(
        Shape::kStagesAt + static_cast<std::uint32_t>(at + which * Shape::kStageBytes / 2))};
  };
  const auto first_key = [&](int i) {
    return (span.first + i) * Shape::kKeys + warp_index() * Shape::kWarpKeys;
  };
  const int count = span.end - span.first;
  const auto begin = [&](int i) {
    if (i < count) {
      copy_warp_rows<Shape::kWarpKeys>(tile_at(i % kStages, 0), in.k + head_at, first_key(i),
                                       in.mask.keys);
      if (WithValues)
        copy_warp_rows<Shape::kWarpKeys>(tile_at(i % kStages, 1), in.v + head_at, first_key(i),
                                         in.mask.keys);
    }
    commit_copies();
  };
  const Tile<T, Shape::kDim> queries{shared_at<T>(0)};
#pragma unroll
  for (int i = 0; i < kStages - 1; ++i) begin(i);
#pragma unroll 1
  for (int i = 0; i < count; ++i) {
    wait_copies<kStages - 2>();
    __syncwarp();  // stage i is there for all lanes, and all have used stage i - 1
    begin(i + kStages - 1);
    Accumulator<1, Shape::kWarpKeys> scores;
    clear(scores);
    add_scores<KeysInOrder>(scores, queries, 0, tile_at(i % kStages, 0));
    apply<KeysInOrder>(in.mask, scores, first_key(i),
                       [&](int row) { return (rows.first_row + row) % in.mask.queries; });
    turn(scores);
    if (WithValues) add_values(outputs, scores, tile_at(i % kStages, 1));
  }
  wait_copies<0>();
  __syncwarp();  // the next sweep writes the stages again
}

/// Adds what the four warps summed: SD and NV under their common maximum GM. The thread gets the
/// columns 4 (thread % 8) + 32 i .. + 3 of row thread / 8 in sums[i].
template <class Shape>
__device__ __forceinline__ void merge_warps(const RowStatistics<1>& mine,
                                            const Accumulator<1, Shape::kDim>& outputs, float scale,
                                            float (&sums)[Shape::kPacks][4], float& maximum,
                                            float& sum) {
  const auto partial = [&](int warp) {
    return shared_at<float>(Shape::kStagesAt).from(warp * Shape::kPartial);
  };
  __syncthreads();  // nobody reads the stages any more
  const int lane = lane_index();
  const auto to = partial(warp_index());
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int row = lane / 4 + 8 * h;
#pragma unroll
    for (int n = 0; n < Shape::kDim / 8; ++n)
#pragma unroll
      for (int j = 0; j < 2; ++j)
        to.set(row * Shape::kDim + 8 * n + 2 * (lane % 4) + j, outputs[0][n][2 * h + j]);
    const float total = row_sum(mine.sum[0][h]);
    if (lane % 4 == 0) {
      to.set(Shape::kRows * Shape::kDim + row, mine.maximum[0][h]);
      to.set(Shape::kRows * Shape::kDim + Shape::kRows + row, total);
    }
  }
  __syncthreads();
  const int row = static_cast<int>(threadIdx.x) / Shape::kRowThreads;
  const int first = static_cast<int>(threadIdx.x) % Shape::kRowThreads * 4;
  maximum = -INFINITY;
  for (int w = 0; w < Shape::kWarps; ++w)
    maximum = fmaxf(maximum, partial(w).get(Shape::kRows * Shape::kDim + row));
  const float base = exponent_base(maximum, scale);
  sum = 0;
#pragma unroll
  for (int i = 0; i < Shape::kPacks; ++i)
#pragma unroll
    for (int j = 0; j < 4; ++j) sums[i][j] = 0;
  for (int w = 0; w < Shape::kWarps; ++w) {
    const auto from = partial(w);
    const int statistics = Shape::kRows * Shape::kDim + row;
    const float correction = exp2_fast(fmaf(from.get(statistics), scale, -base));  // CM
    sum += correction * from.get(statistics + Shape::kRows);
#pragma unroll
    for (int i = 0; i < Shape::kPacks; ++i) {
      const auto four =
          from.from(row * Shape::kDim + first + 32 * i).template as<Pack<float, 4>>().get(0);
#pragma unroll
      for (int j = 0; j < 4; ++j) sums[i][j] += correction * four.values[j];
    }
  }
}

}  // namespace einfall::gpu_ref
