#pragma once

// The two matrix products of attention on a warp's rows, by mma.sync m16n8k16 with fp32 sums.
//
// A warp owns RowTiles blocks of 16 query rows. Scores and outputs are accumulators: element
// [r][n][i] is row 16 r + lane / 4 + 8 (i / 2), column 8 n + 2 (lane % 4) + i % 2.

#include "gpu_ref/tile/tile.cuh"

namespace einfall::gpu_ref {

template <int RowTiles, int Columns>
using Accumulator = float[RowTiles][Columns / 8][4];

/// The columns of the scores are the keys of the tile in their order, in 16s.
struct KeysInOrder {
  static __device__ int key_of(int column) { return column; }
};

template <class Sum, int RowTiles, int Columns>
__device__ __forceinline__ void clear(Sum (&sums)[RowTiles][Columns][4]) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int n = 0; n < Columns; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[r][n][i] = 0;
}

/// Rows of an accumulator times their factors: SPNV, and the division at the end.
template <int RowTiles, int Blocks>
__device__ __forceinline__ void scale_rows(float (&sums)[RowTiles][Blocks][4],
                                           const float (&factor)[RowTiles][2]) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int n = 0; n < Blocks; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[r][n][i] *= factor[r][i / 2];
}

/// d += a b for operands of 32 bytes a row: 16 numbers of 16 bits or 32 of 8.
template <class T>
__device__ __forceinline__ void multiply_add(float (&d)[4], const std::uint32_t (&a)[4],
                                             std::uint32_t b0, std::uint32_t b1) {
  if constexpr (sizeof(T) == 2)
    mma_16x8x16<T>(d, a, b0, b1);
  else
    mma_16x8x32_e4m3(d, a, b0, b1);
}
template <class T>
__device__ __forceinline__ void multiply_add(int (&d)[4], const std::uint32_t (&a)[4],
                                             std::uint32_t b0, std::uint32_t b1) {
  mma_16x8x32_s8(d, a, b0, b1);
}

/// BQK: scores += Q K^T for the query rows from `row` on and all keys of the tile. Column c of 16
/// of the scores is key Order::key_of(c) of 16 of the tile.
template <class Order, int RowTiles, int Blocks, class Sum, class T, int Columns>
__device__ __forceinline__ void add_scores(Sum (&scores)[RowTiles][Blocks][4],
                                           Tile<T, Columns> queries, int row,
                                           Tile<T, Columns> keys) {
  const int lane = opaque(lane_index());
  constexpr int kSteps = Tile<T, Columns>::kChunks / 2;
#pragma unroll(Columns > 64 ? 2 : 4)  // all of it would spill registers
  for (int e = 0; e < kSteps; ++e) {
    std::uint32_t a[RowTiles][4];
#pragma unroll
    for (int r = 0; r < RowTiles; ++r)
      load_matrices(a[r], queries.chunk(row + 16 * r + lane % 16, 2 * e + lane / 16));
#pragma unroll
    for (int n = 0; n < Blocks / 2; ++n) {
      std::uint32_t b[4];  // 16 keys: two blocks of 8
      load_matrices(
          b, keys.chunk(16 * n + Order::key_of(lane % 8 + lane / 16 * 8), 2 * e + lane / 8 % 2));
#pragma unroll
      for (int r = 0; r < RowTiles; ++r) {
        multiply_add<T>(scores[r][2 * n], a[r], b[0], b[1]);
        multiply_add<T>(scores[r][2 * n + 1], a[r], b[2], b[3]);
      }
    }
  }
}

/// SLNV: outputs += P V for the keys of the tile from row `first` on. P is an accumulator that is
/// rounded to T on its way: two blocks of 8 columns are just one operand of 16.
template <class T, int RowTiles, int Blocks, int Columns>
__device__ __forceinline__ void add_values(float (&outputs)[RowTiles][Columns / 8][4],
                                           const float (&p)[RowTiles][Blocks][4],
                                           Tile<T, Columns> values, int first = 0) {
  const int lane = opaque(lane_index());
#pragma unroll
  for (int m = 0; m < Blocks / 2; ++m) {
    std::uint32_t a[RowTiles][4];
#pragma unroll
    for (int r = 0; r < RowTiles; ++r)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        a[r][i] = pack<T>(p[r][2 * m + i / 2][2 * (i % 2)], p[r][2 * m + i / 2][2 * (i % 2) + 1]);
#pragma unroll
    for (int f = 0; f < Columns / 16; ++f) {
      std::uint32_t b[4];
      load_matrices_transposed(b, values.chunk(first + 16 * m + lane % 16, 2 * f + lane / 16));
#pragma unroll
      for (int r = 0; r < RowTiles; ++r) {
        mma_16x8x16<T>(outputs[r][2 * f], a[r], b[0], b[1]);
        mma_16x8x16<T>(outputs[r][2 * f + 1], a[r], b[2], b[3]);
      }
    }
  }
}

}  // namespace einfall::gpu_ref
