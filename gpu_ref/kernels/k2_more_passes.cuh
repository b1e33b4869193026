#pragma once

// K2: fused three-pass and two-pass attention: no N^2 tensor in memory, but K read and QK computed
// again in every pass.
//
// Implements workloads/cascades/attn_3pass.yaml (Passes = 3) and attn_2pass.yaml (Passes = 2).
//   3: GM in the first sweep; SD in the second; A = SN / SD and AV in the third. The division is a
//      subtraction in the exponent, 2^(s scale - (GM scale + log2 SD)): a division a row, none a
//      score.
//   2: LM and SLD of every tile in the first sweep, merged into GM and SD as they come (the
//      correction CM of a tile is applied once to what was merged before, not kept); A and AV in
//      the second.
//
// Shows: what a pass costs. The same tiles, shared memory and registers as K3; only the number of
// sweeps differs.
// Shapes: as K3.
// Passes over K: 3 or 2; over V: 1.
// Bytes a head: DRAM as K3 once K and V are in L2; L2 to SM 2 N D b + ceil(N / 128) M D b (p + 1).
// A score: 2 D p + 2 D products, that is 4 D and 3 D multiply-adds; 2 exp2; no rescaling of
// outputs. Expected: time over K3 by products plus exponentials 2.00 and 1.67 at D = 128, 2.00
// and 1.75 at
//   D = 64.

#include "gpu_ref/kernels/k3_one_pass.cuh"

namespace einfall::gpu_ref {

/// GM of each row becomes the exponent GM scale + log2 SD, so that 2^(s scale - it) is A.
template <int RowTiles>
__device__ __forceinline__ void final_exponents(const RowStatistics<RowTiles>& rows, float scale,
                                                float (&exponent)[RowTiles][2]) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float sum = row_sum(rows.sum[r][h]);
      exponent[r][h] = exponent_base(rows.maximum[r][h], scale) + (sum == 0 ? 0.0F : log2f(sum));
    }
}

template <int RowTiles, int Blocks>
__device__ __forceinline__ void probabilities(const float (&exponent)[RowTiles][2], float scale,
                                              float (&s)[RowTiles][Blocks][4]) {
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int n = 0; n < Blocks; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        s[r][n][i] = exp2_fast(fmaf(s[r][n][i], scale, -exponent[r][i / 2]));
}

template <class Shape, int Passes>
__global__ void __launch_bounds__(Shape::kThreads) attend_more_passes(const OperandsOf<Shape> in) {
  static_assert(Passes == 2 || Passes == 3);
  const QueryWork<Shape> work = work_of<Shape>(in);
  const AllTiles<Shape> tiles(work.mask, work.first_query);
  begin_queries(work);
  Accumulator<Shape::kRowTiles, Shape::kDim> outputs;
  RowStatistics<Shape::kRowTiles> rows;
  clear(rows);
  if (Passes == 3) {
    sweep<false>(work, tiles, outputs, [&](auto& scores) { update_maximum(rows, scores); });
    sweep<false>(work, tiles, outputs, [&](auto& scores) { exponentiate(rows, scores, in.scale); });
  } else {
    sweep<false>(work, tiles, outputs, [&](auto& scores) {
      const RowStatistics<Shape::kRowTiles> before = rows;
      update_maximum(rows, scores);
      float correction[Shape::kRowTiles][2];
      correct_sums(rows, before, in.scale, correction);
      exponentiate(rows, scores, in.scale);
    });
  }
  float exponent[Shape::kRowTiles][2];
  final_exponents(rows, in.scale, exponent);
  clear(outputs);
  sweep<true>(work, tiles, outputs,
              [&](auto& scores) { probabilities(exponent, in.scale, scores); });
  write_outputs(work, outputs, outputs_of<Shape>(in));
}

}  // namespace einfall::gpu_ref
