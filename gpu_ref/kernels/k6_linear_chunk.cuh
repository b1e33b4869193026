#pragma once

// K6: linear attention with decay, chunk by chunk: the recurrent form, the state kept on the chip.
//
// Implements workloads/cascades/lightning_chunk.yaml with L = 64 (128 at D = 256; LAM = 1: linear
// attention without feature map and normaliser). The names of its Einsums stand beside the steps.
//
// Shows: a state of D x F numbers stands in for all keys seen so far, so time is linear in N:
// inside
//   a chunk by scores (parallel), between chunks by the state (sequential). Only heads and slabs of
//   64 columns of F run in parallel.
// Shapes: bf16 and fp16; D = 64, 128, 256; F = D; any N; one query head to a head of keys.
// Passes over K: 1.
// Bytes a head: DRAM (2 N D + N D F / 64 + N F) b: Q and K are read once for each slab of F, from
// L2
//   after the first; the state never leaves the chip.
// A token and head: 2 D L + D F x 2 + L F products' multiply-adds, L exp2 for the decays.
// Expected: bound by bytes at small D, 50 to 75 % of the memory's rate; 100 to 150 TFLOP/s.

#include "gpu_ref/tile/products.cuh"

namespace einfall::gpu_ref {

template <class T>
struct LinearOperands {
  const T* q = nullptr;  // [heads, tokens, D]
  const T* k = nullptr;
  const T* v = nullptr;
  T* o = nullptr;
  const float* decay = nullptr;  // log2(LAM) of each head, at most 0
  int tokens = 1;
};

template <class T_, int Dim_>
struct LinearBlock {
  using T = T_;
  static constexpr int kDim = Dim_;
  static constexpr int kSlab = 64;  // columns of F a block
  // At D = 256 four warps could not hold the state in registers; twice the tokens feed eight. Then
  // one stage is all that fits.
  static constexpr int kChunk = kDim == 256 ? 128 : 64;  // tokens: L
  static constexpr int kStages = kDim == 256 ? 1 : 2;
  static constexpr int kWarps = kChunk / 16;  // 16 tokens each
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kStateTiles = kDim / 16 / kWarps;  // of 16 rows of the state, a warp
  static constexpr int kQueryBytes = Tile<T, kDim>::bytes(kChunk);
  static constexpr int kValueBytes = Tile<T, kSlab>::bytes(kChunk);
  static constexpr int kStageBytes = 2 * kQueryBytes + kValueBytes;
  static constexpr std::uint32_t kStateAt = kStages * kStageBytes;
  static constexpr std::size_t kSharedBytes = kStateAt + Tile<T, kSlab>::bytes(kDim);

  struct Stage {
    Tile<T, kDim> q, k;
    Tile<T, kSlab> v;
  };
  static __device__ Stage stage(int i) {
    const auto at = static_cast<std::uint32_t>(i * kStageBytes);
    return {
        {shared_at<T>(at)}, {shared_at<T>(at + kQueryBytes)}, {shared_at<T>(at + 2 * kQueryBytes)}};
  }
};

/// A: scores of a chunk times LAM^(i - j), 0 after the query. `row` is the first of the warp's
/// rows.
template <int Blocks>
__device__ __forceinline__ void decay_scores(float (&scores)[1][Blocks][4], int row, float decay) {
  const int lane = opaque(lane_index());
#pragma unroll
  for (int n = 0; n < Blocks; ++n)
#pragma unroll
    for (int x = 0; x < 4; ++x) {
      const int i = row + lane / 4 + x / 2 * 8, j = 8 * n + lane % 4 * 2 + x % 2;
      scores[0][n][x] = j <= i ? scores[0][n][x] * exp2_fast(decay * static_cast<float>(i - j)) : 0;
    }
}

/// OS without its decay: outputs += Q ST, the state from shared memory.
template <class Shape>
__device__ __forceinline__ void add_state(Accumulator<1, Shape::kSlab>& outputs,
                                          Tile<typename Shape::T, Shape::kDim> queries, int row,
                                          Tile<typename Shape::T, Shape::kSlab> state) {
  const int lane = opaque(lane_index());
#pragma unroll 2  // see add_scores()
  for (int d = 0; d < Shape::kDim / 16; ++d) {
    std::uint32_t a[4];
    load_matrices(a, queries.chunk(row + lane % 16, 2 * d + lane / 16));
#pragma unroll
    for (int f = 0; f < Shape::kSlab / 16; ++f) {
      std::uint32_t b[4];
      load_matrices_transposed(b, state.chunk(16 * d + lane % 16, 2 * f + lane / 16));
      mma_16x8x16<typename Shape::T>(outputs[0][2 * f], a, b[0], b[1]);
      mma_16x8x16<typename Shape::T>(outputs[0][2 * f + 1], a, b[2], b[3]);
    }
  }
}

/// KD and KV: state += (decayed K)^T V for the warp's rows of the state, from `row` on.
template <class Shape>
__device__ __forceinline__ void add_outer(Accumulator<Shape::kStateTiles, Shape::kSlab>& state,
                                          typename Shape::Stage stage, int row, float decay) {
  using T = typename Shape::T;
  const int lane = opaque(lane_index());
#pragma unroll 2
  for (int m = 0; m < Shape::kChunk / 16; ++m) {
    std::uint32_t a[Shape::kStateTiles][4];
#pragma unroll
    for (int r = 0; r < Shape::kStateTiles; ++r) {
      load_matrices_transposed(a[r], stage.k.chunk(16 * m + lane % 8 + lane / 16 * 8,
                                                   (row + 16 * r) / 8 + lane / 8 % 2));
#pragma unroll
      for (int x = 0; x < 4; ++x) {
        const int token = 16 * m + x / 2 * 8 + lane % 4 * 2;
        const float factor = exp2_fast(decay * static_cast<float>(Shape::kChunk - 1 - token));
        const float next = exp2_fast(decay * static_cast<float>(Shape::kChunk - 2 - token));
        a[r][x] = pack<T>(low_of<T>(a[r][x]) * factor, high_of<T>(a[r][x]) * next);
      }
    }
#pragma unroll
    for (int f = 0; f < Shape::kSlab / 16; ++f) {
      std::uint32_t b[4];
      load_matrices_transposed(b, stage.v.chunk(16 * m + lane % 16, 2 * f + lane / 16));
#pragma unroll
      for (int r = 0; r < Shape::kStateTiles; ++r) {
        mma_16x8x16<T>(state[r][2 * f], a[r], b[0], b[1]);
        mma_16x8x16<T>(state[r][2 * f + 1], a[r], b[2], b[3]);
      }
    }
  }
}

/// The warp's rows of the state, rounded to T, for all warps to multiply with.
template <class Shape>
__device__ __forceinline__ void publish_state(
    const Accumulator<Shape::kStateTiles, Shape::kSlab>& state, int row,
    Tile<typename Shape::T, Shape::kSlab> to) {
  const int lane = lane_index();
#pragma unroll
  for (int r = 0; r < Shape::kStateTiles; ++r)
#pragma unroll
    for (int n = 0; n < Shape::kSlab / 8; ++n)
#pragma unroll
      for (int h = 0; h < 2; ++h)
        to.chunk(row + 16 * r + lane / 4 + 8 * h, n)
            .template as<std::uint32_t>()
            .set(lane % 4, pack<typename Shape::T>(state[r][n][2 * h], state[r][n][2 * h + 1]));
}

/// The warp's 16 rows of outputs to global memory, by way of the rows of Q that only it has read.
template <class Shape>
__device__ __forceinline__ void write_chunk(const Accumulator<1, Shape::kSlab>& outputs,
                                            Tile<typename Shape::T, Shape::kDim> by, int row,
                                            typename Shape::T* to, int first_token, int tokens) {
  using T = typename Shape::T;
  const int lane = lane_index();
  __syncwarp();
#pragma unroll
  for (int n = 0; n < Shape::kSlab / 8; ++n)
#pragma unroll
    for (int h = 0; h < 2; ++h)
      by.chunk(row + lane / 4 + 8 * h, n)
          .template as<std::uint32_t>()
          .set(lane % 4, pack<T>(outputs[0][n][2 * h], outputs[0][n][2 * h + 1]));
  __syncwarp();
#pragma unroll
  for (int i = 0; i < 16 * Shape::kSlab / 8 / 32; ++i) {
    const int at = i * 32 + lane, r = row + at / 8, chunk = at % 8;
    const std::int64_t token = first_token + r;
    if (token < tokens)
      store_global(reinterpret_cast<Pack<T, 8>*>(to + token * Shape::kDim) + chunk,
                   by.chunk(r, chunk).template as<Pack<T, 8>>().get(0));
  }
}

/// Slabs of F along x, heads along y.
template <class Shape>
__global__ void __launch_bounds__(Shape::kThreads)
    attend_linear(const LinearOperands<typename Shape::T> in) {
  using T = typename Shape::T;
  const std::int64_t head_at = static_cast<std::int64_t>(blockIdx.y) * in.tokens * Shape::kDim;
  const int slab = static_cast<int>(blockIdx.x) * Shape::kSlab;
  const float decay = load_global(in.decay + blockIdx.y);
  const int chunks = (in.tokens + Shape::kChunk - 1) / Shape::kChunk;
  const auto begin = [&](int c) {
    if (c < chunks) {
      const auto to = Shape::stage(c % Shape::kStages);
      const int token = c * Shape::kChunk;
      copy_rows<Shape::kChunk, Shape::kThreads>(to.q, in.q + head_at, token, in.tokens);
      copy_rows<Shape::kChunk, Shape::kThreads>(to.k, in.k + head_at, token, in.tokens);
      copy_rows<Shape::kChunk, Shape::kThreads>(to.v, in.v + head_at + slab, token, in.tokens,
                                                Shape::kDim);
    }
    commit_copies();
  };
  const Tile<T, Shape::kSlab> published{shared_at<T>(Shape::kStateAt)};
  const int row = 16 * warp_index(), state_row = Shape::kStateTiles * 16 * warp_index();
  Accumulator<Shape::kStateTiles, Shape::kSlab> state;  // ST
  clear(state);
  begin(0);
#pragma unroll 1
  for (int c = 0; c < chunks; ++c) {
    wait_copies<0>();
    publish_state<Shape>(state, state_row, published);
    __syncthreads();  // chunk c and the state are there for all; chunk c - 1 has been used by all
    if (Shape::kStages == 2) begin(c + 1);
    const auto stage = Shape::stage(c % Shape::kStages);
    Accumulator<1, Shape::kSlab> outputs;
    clear(outputs);
    add_state<Shape>(outputs, stage.q, row, published);
    float to_start[1][2];  // LAM^(i + 1)
#pragma unroll
    for (int h = 0; h < 2; ++h)
      to_start[0][h] = exp2_fast(decay * static_cast<float>(row + lane_index() / 4 + 8 * h + 1));
    scale_rows(outputs, to_start);
    Accumulator<1, Shape::kChunk> scores;  // QK
    clear(scores);
    add_scores<KeysInOrder>(scores, stage.q, row, stage.k);
    decay_scores(scores, row, decay);
    add_values(outputs, scores, stage.v);  // OI + OS
    float whole[Shape::kStateTiles][2];    // LAM^L
#pragma unroll
    for (int r = 0; r < Shape::kStateTiles; ++r)
      whole[r][0] = whole[r][1] = exp2_fast(decay * static_cast<float>(Shape::kChunk));
    scale_rows(state, whole);
    add_outer<Shape>(state, stage, state_row, decay);
    write_chunk<Shape>(outputs, stage.q, row, in.o + head_at + slab, c * Shape::kChunk, in.tokens);
    __syncthreads();  // the state and the chunk have been used by all
    if (Shape::kStages == 1) begin(c + 1);
  }
}

}  // namespace einfall::gpu_ref
