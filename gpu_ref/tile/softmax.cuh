#pragma once

// The vector part of attention on a warp's accumulators. Scores s are raw products; `scale` is
// log2(e) / sqrt(E), so that exp((s - m) / sqrt(E)) = 2^(s scale - m scale): one multiply-add and
// one exp2 a score. Each lane holds rows 16 r + lane / 4 + 8 h for h = 0, 1; its sums are of its
// own columns until row_sum() adds the four lanes of the row.

#include "gpu_ref/tile/products.cuh"

namespace einfall::gpu_ref {

/// RM and RD of the one-pass cascade.
template <int RowTiles>
struct RowStatistics {
  float maximum[RowTiles][2];
  float sum[RowTiles][2];
};
template <int RowTiles>
__device__ __forceinline__ void clear(RowStatistics<RowTiles>& rows) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      rows.maximum[r][h] = -INFINITY;
      rows.sum[r][h] = 0;
    }
}

/// m scale, with 0 for a row that has seen no key: then every power below is 2^-inf = 0, not NaN.
__device__ __forceinline__ float exponent_base(float maximum, float scale) {
  return maximum == -INFINITY ? 0.0F : maximum * scale;
}

/// LM and RM: the running maximum takes in the scores.
template <int RowTiles, int Blocks>
__device__ __forceinline__ void update_maximum(RowStatistics<RowTiles>& rows,
                                               const float (&s)[RowTiles][Blocks][4]) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      float maximum = s[r][0][2 * h];
#pragma unroll
      for (int n = 0; n < Blocks; ++n)
        maximum = fmaxf(maximum, fmaxf(s[r][n][2 * h], s[r][n][2 * h + 1]));
      rows.maximum[r][h] = fmaxf(rows.maximum[r][h], row_max(maximum));
    }
}

/// SLN: each score becomes 2^(s scale - base of its row + lift); the sums SLD are added to the
/// row's.
template <int RowTiles, int Blocks>
__device__ __forceinline__ void exponentiate(RowStatistics<RowTiles>& rows,
                                             float (&s)[RowTiles][Blocks][4], float scale,
                                             float lift = 0) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float base = exponent_base(rows.maximum[r][h], scale) - lift;
#pragma unroll
      for (int n = 0; n < Blocks; ++n)
#pragma unroll
        for (int i = 2 * h; i < 2 * h + 2; ++i) {
          s[r][n][i] = exp2_fast(fmaf(s[r][n][i], scale, -base));
          rows.sum[r][h] += s[r][n][i];
        }
    }
}

/// PRM of each row: what was summed under the old maximum, under the new one. Sums are corrected.
template <int RowTiles>
__device__ __forceinline__ void correct_sums(RowStatistics<RowTiles>& rows,
                                             const RowStatistics<RowTiles>& before, float scale,
                                             float (&correction)[RowTiles][2]) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float base = exponent_base(rows.maximum[r][h], scale);
      correction[r][h] = exp2_fast(fmaf(before.maximum[r][h], scale, -base));
      rows.sum[r][h] *= correction[r][h];
    }
}

/// The step of the one-pass cascade from scores to numerators SLN: maximum, correction of the
/// running sums and outputs, exponentials, sums. A lift multiplies numerators and denominators by
/// 2^lift.
template <int RowTiles, int Blocks, int OutputBlocks>
__device__ __forceinline__ void online_step(RowStatistics<RowTiles>& rows,
                                            float (&s)[RowTiles][Blocks][4],
                                            float (&outputs)[RowTiles][OutputBlocks][4],
                                            float scale, float lift = 0) {
  const RowStatistics<RowTiles> before = rows;
  update_maximum(rows, s);
  float correction[RowTiles][2];
  correct_sums(rows, before, scale, correction);
  scale_rows(outputs, correction);
  exponentiate(rows, s, scale, lift);
}

/// The factor scale / RD of each row, 0 where the row has seen no key. Adds the lanes' sums.
template <int RowTiles>
__device__ __forceinline__ void divisors(const RowStatistics<RowTiles>& rows,
                                         float (&factor)[RowTiles][2], float scale = 1) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float sum = row_sum(rows.sum[r][h]);
      factor[r][h] = sum == 0 ? 0.0F : scale / sum;
    }
}

}  // namespace einfall::gpu_ref
