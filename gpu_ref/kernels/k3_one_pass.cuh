#pragma once

// K3: one-pass attention, FlashAttention-2's way, with mma.sync and cp.async.
//
// Implements workloads/cascades/attn_1pass.yaml, attn_1pass_causal.yaml and attn_1pass_window.yaml;
// M0 is the tile of 64 keys, and the steps of M1 are the turns of sweep().
//
// Shows: a running maximum and denominator make one sweep over the keys enough; what was summed is
// rescaled by PRM whenever the maximum moves. The footprint on the chip does not grow with N.
// Shapes: bf16 and fp16; D = 64, 128, 256; any number of queries and keys; full, causal, windowed;
//   heads that share keys (GQA).
// Passes over K: 1.
// Bytes a head (N queries, M keys, b = 2 bytes): DRAM (2 N + 2 M) D b once K and V are in L2;
//   L2 to SM 2 N D b + ceil(N / 128) 2 M D b; shared memory to registers about
//   ceil(N / 128) M (4 warps x 2 D b + 128 D b / 64).
// A score: 2 D multiply-adds, 1 exp2 (and 1 a row and tile), 1 maximum, 1 add, 1 multiply-add
// before
//   the exp2, 1 conversion, D / 64 multiplies of outputs.
// Expected on an H200: 250 to 350 TFLOP/s at D = 128; mma.sync reaches some 62 % of the tensor
//   cores' rate, and exponentials are not hidden behind products of the same warp.

#include "gpu_ref/kernels/attention.cuh"
#include "gpu_ref/tile/softmax.cuh"
#include "gpu_ref/tile/sweep.cuh"

namespace einfall::gpu_ref {

template <class Shape>
using OperandsOf =
    AttentionOperands<typename Shape::Key, typename Shape::Value, typename Shape::Out>;

/// The work of this block: queries along x, heads along y.
template <class Shape>
__device__ __forceinline__ QueryWork<Shape> work_of(const OperandsOf<Shape>& in) {
  const int head = static_cast<int>(blockIdx.y);
  const int tile = static_cast<int>(in.backwards ? gridDim.x - 1 - blockIdx.x : blockIdx.x + 0U);
  const std::int64_t keys_at = static_cast<std::int64_t>(in.kv_head(head)) * in.mask.keys;
  return {in.q + static_cast<std::int64_t>(head) * in.mask.queries * Shape::kDim,
          in.k + keys_at * Shape::kDim, in.v + keys_at * Shape::kDim, in.mask, tile * Shape::kRows};
}
template <class Shape>
__device__ __forceinline__ typename Shape::Out* outputs_of(const OperandsOf<Shape>& in) {
  return in.o + static_cast<std::int64_t>(blockIdx.y) * in.mask.queries * Shape::kDim;
}

/// One pass over the given tiles, and the division at the end.
template <class Shape, class Tiles>
__device__ __forceinline__ void attend_tiles(const OperandsOf<Shape>& in,
                                             const QueryWork<Shape>& work, const Tiles& tiles) {
  begin_queries(work);
  Accumulator<Shape::kRowTiles, Shape::kDim> outputs;  // RNV
  clear(outputs);
  RowStatistics<Shape::kRowTiles> rows;  // RM, RD
  clear(rows);
  sweep<true>(work, tiles, outputs,
              [&](auto& scores) { online_step(rows, scores, outputs, in.scale, in.lift); });
  float factor[Shape::kRowTiles][2];
  divisors(rows, factor, in.value_scale);
  scale_rows(outputs, factor);
  write_outputs(work, outputs, outputs_of<Shape>(in));
}

template <class Shape>
__global__ void __launch_bounds__(Shape::kThreads) attend_one_pass(const OperandsOf<Shape> in) {
  const QueryWork<Shape> work = work_of<Shape>(in);
  attend_tiles(in, work, AllTiles<Shape>(work.mask, work.first_query));
}

}  // namespace einfall::gpu_ref
