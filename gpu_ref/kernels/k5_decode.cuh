#pragma once

// K5: decoding, split over the keys, with one, two or three passes.
//
// Implements workloads/cascades/attn_splitk.yaml: LM, SLN, SLD and SLNV of a span of keys by one
// block, GM, CM, SD, NV and AV in the merge; heads share keys as in mqa_gqa.yaml (without its page
// table). Inside a span, Passes = 1 is attn_1pass, 2 attn_2pass, 3 attn_3pass.
//   decode_split: spans of equal length, merged by a second launch, merge_splits.
//   decode_stream: as many blocks as run at once, each with an equal share of all tiles of all
//   heads
//     (stream-K, "Lean Attention"); the last block to finish a head merges its spans (fix-up).
//
// Shows: with one query a head there is nothing but memory traffic, and only a split over keys
// keeps
//   all SMs at it; passes are bytes.
// Shapes: bf16 and fp16; D = 64, 128, 256; few queries; GQA: 16 (head, query) pairs a block, more
// of
//   them read their keys again.
// Passes over K: 1, 2 or 3.
// Bytes a head of keys: DRAM keys D b (Passes + 1), 2 : 3 : 4 for 1, 2, 3 passes where all spans in
//   flight together are larger than the L2; and 2 x spans x 16 x (D + 2) x 4 for the partial sums.
// A score: as K3; Passes exp2 at most 2.
// Expected on an H200: 75 to 92 % of 4.8 TB/s above 250 MB; 4.5 to 6.5 us at least.

#include "gpu_ref/tile/decode.cuh"

namespace einfall::gpu_ref {

/// Partial sums of a span: kDim outputs for each of 16 rows, then 16 maxima, then 16 sums.
template <class T>
struct DecodeOperands {
  AttentionOperands<T> attention;
  float* partials = nullptr;    // split: units x splits slots; stream: blocks + units slots
  unsigned* arrived = nullptr;  // stream: a zero for each unit; zero again afterwards
  int units = 1;                // (head of keys, 16 rows) pairs
  int tiles = 1;                // of 64 keys, of one unit
  int splits = 1;
};

/// The tiles of one of `splits` spans of nearly equal length.
__device__ __forceinline__ KeySpan split_span(int tiles, int splits, int split) {
  const auto cut = [&](int i) {
    return static_cast<int>(static_cast<std::int64_t>(tiles) * i / splits);
  };
  return {cut(split), cut(split + 1)};
}

/// The passes over one span. After it, sums, maximum and sum are those of merge_warps().
template <class Shape, int Passes>
__device__ __forceinline__ void decode_span(const AttentionOperands<typename Shape::T>& in,
                                            const DecodeRows<Shape>& block, KeySpan span,
                                            float (&sums)[Shape::kPacks][4], float& maximum,
                                            float& sum) {
  __syncthreads();  // the query tile and the stages of the span before are not read any more
  load_queries(in, block);
  __syncthreads();
  Accumulator<1, Shape::kDim> outputs;
  clear(outputs);
  RowStatistics<1> rows;
  clear(rows);
  if (Passes == 1) {
    decode_sweep<true>(in, block, span, outputs,
                       [&](auto& scores) { online_step(rows, scores, outputs, in.scale); });
  } else {
    if (Passes == 3) {
      decode_sweep<false>(in, block, span, outputs,
                          [&](auto& scores) { update_maximum(rows, scores); });
      decode_sweep<false>(in, block, span, outputs,
                          [&](auto& scores) { exponentiate(rows, scores, in.scale); });
    } else {
      decode_sweep<false>(in, block, span, outputs, [&](auto& scores) {
        const RowStatistics<1> before = rows;
        update_maximum(rows, scores);
        float correction[1][2];
        correct_sums(rows, before, in.scale, correction);
        exponentiate(rows, scores, in.scale);
      });
    }
    decode_sweep<true>(in, block, span, outputs, [&](auto& scores) {
      RowStatistics<1> again = rows;  // its sums are those of the last pass already
      exponentiate(again, scores, in.scale);
    });
  }
  merge_warps<Shape>(rows, outputs, in.scale, sums, maximum, sum);
}

/// AV of this thread's columns, if its row is one of the block's.
template <class Shape>
__device__ __forceinline__ void write_row(const AttentionOperands<typename Shape::T>& in,
                                          const DecodeRows<Shape>& block,
                                          const float (&sums)[Shape::kPacks][4], float sum) {
  using T = typename Shape::T;
  const int row = static_cast<int>(threadIdx.x) / Shape::kRowThreads;
  const int first = static_cast<int>(threadIdx.x) % Shape::kRowThreads * 4;
  if (!block.has(row)) return;
  const float factor = sum == 0 ? 0.0F : 1.0F / sum;
  T* const to = in.o + block.place(in, row) + first;
#pragma unroll
  for (int i = 0; i < Shape::kPacks; ++i) {
    Pack<T, 4> four;
#pragma unroll
    for (int j = 0; j < 4; ++j) four.values[j] = narrow<T>(sums[i][j] * factor);
    store_global(reinterpret_cast<Pack<T, 4>*>(to + 32 * i), four);
  }
}

template <class Shape>
__device__ __forceinline__ void write_partial(float* slot, const float (&sums)[Shape::kPacks][4],
                                              float maximum, float sum) {
  const int row = static_cast<int>(threadIdx.x) / Shape::kRowThreads;
  const int first = static_cast<int>(threadIdx.x) % Shape::kRowThreads * 4;
#pragma unroll
  for (int i = 0; i < Shape::kPacks; ++i)
    store_global(reinterpret_cast<Pack<float, 4>*>(slot + row * Shape::kDim + first + 32 * i),
                 Pack<float, 4>{{sums[i][0], sums[i][1], sums[i][2], sums[i][3]}});
  if (first == 0) {
    store_global(slot + Shape::kRows * Shape::kDim + row, maximum);
    store_global(slot + Shape::kRows * Shape::kDim + Shape::kRows + row, sum);
  }
}

/// The merge of the cascade over `count` slots, always in their order: the same bits however the
/// blocks ran. Slot i of the unit is at slots + i kPartial.
template <class Shape>
__device__ __forceinline__ void merge_slots(const AttentionOperands<typename Shape::T>& in,
                                            const DecodeRows<Shape>& block, const float* slots,
                                            int count) {
  const int row = static_cast<int>(threadIdx.x) / Shape::kRowThreads;
  const int first = static_cast<int>(threadIdx.x) % Shape::kRowThreads * 4;
  const float* const statistics = slots + Shape::kRows * Shape::kDim + row;
  float maximum = -INFINITY;  // GM
  for (int s = 0; s < count; ++s)
    maximum =
        fmaxf(maximum, load_global(statistics + static_cast<std::int64_t>(s) * Shape::kPartial));
  const float base = exponent_base(maximum, in.scale);
  float sums[Shape::kPacks][4] = {}, sum = 0;  // NV, SD
  for (int s = 0; s < count; ++s) {
    const std::int64_t at = static_cast<std::int64_t>(s) * Shape::kPartial;
    const float correction = exp2_fast(fmaf(load_global(statistics + at), in.scale, -base));  // CM
    sum += correction * load_global(statistics + at + Shape::kRows);
#pragma unroll
    for (int i = 0; i < Shape::kPacks; ++i) {
      const auto four = load_global(
          reinterpret_cast<const Pack<float, 4>*>(slots + at + row * Shape::kDim + first + 32 * i));
#pragma unroll
      for (int j = 0; j < 4; ++j) sums[i][j] += correction * four.values[j];
    }
  }
  write_row<Shape>(in, block, sums, sum);
}

/// Splits along x, units along y.
template <class Shape, int Passes>
__global__ void __launch_bounds__(Shape::kThreads)
    decode_split(const DecodeOperands<typename Shape::T> in) {
  const int split = static_cast<int>(blockIdx.x), unit = static_cast<int>(blockIdx.y);
  const DecodeRows<Shape> block(in.attention, unit);
  float sums[Shape::kPacks][4], maximum, sum;
  decode_span<Shape, Passes>(in.attention, block, split_span(in.tiles, in.splits, split), sums,
                             maximum, sum);
  if (in.splits == 1) {
    write_row<Shape>(in.attention, block, sums, sum);
    return;
  }
  const std::int64_t slot = static_cast<std::int64_t>(unit) * in.splits + split;
  write_partial<Shape>(in.partials + slot * Shape::kPartial, sums, maximum, sum);
}

template <class Shape>
__global__ void __launch_bounds__(Shape::kThreads)
    merge_splits(const DecodeOperands<typename Shape::T> in) {
  const int unit = static_cast<int>(blockIdx.x);
  const std::int64_t slot = static_cast<std::int64_t>(unit) * in.splits;
  merge_slots<Shape>(in.attention, DecodeRows<Shape>(in.attention, unit),
                     in.partials + slot * Shape::kPartial, in.splits);
}

/// Block c has tiles [c n / blocks, (c + 1) n / blocks) of the n tiles of all units, laid end to
/// end. Its part of unit u goes to slot c + u: no two parts share one, and those of a unit are
/// neighbours.
template <class Shape, int Passes>
__global__ void __launch_bounds__(Shape::kThreads)
    decode_stream(const DecodeOperands<typename Shape::T> in) {
  const std::int64_t total = static_cast<std::int64_t>(in.units) * in.tiles;
  const int blocks = static_cast<int>(gridDim.x);
  const auto begin_of = [&](std::int64_t block) { return total * block / blocks; };
  const auto block_of = [&](std::int64_t tile) {  // whose share holds the tile
    return static_cast<int>(((tile + 1) * blocks - 1) / total);
  };
  const int me = static_cast<int>(blockIdx.x);
  const std::int64_t end = begin_of(me + 1);
  std::int64_t at = begin_of(me);
  while (at < end) {
    const int unit = static_cast<int>(at / in.tiles);
    const std::int64_t unit_begin = static_cast<std::int64_t>(unit) * in.tiles;
    const std::int64_t stop = end < unit_begin + in.tiles ? end : unit_begin + in.tiles;
    const DecodeRows<Shape> block(in.attention, unit);
    float sums[Shape::kPacks][4], maximum, sum;
    decode_span<Shape, Passes>(
        in.attention, block,
        {static_cast<int>(at - unit_begin), static_cast<int>(stop - unit_begin)}, sums, maximum,
        sum);
    const int first = block_of(unit_begin), parts = block_of(unit_begin + in.tiles - 1) - first + 1;
    at = stop;
    if (parts == 1) {
      write_row<Shape>(in.attention, block, sums, sum);
      continue;
    }
    const auto slot = [&](int who) {
      return in.partials + (static_cast<std::int64_t>(who) + unit) * Shape::kPartial;
    };
    write_partial<Shape>(slot(me), sums, maximum, sum);
    // All of the block's partial sums are visible to others before its arrival is.
    __threadfence();
    __syncthreads();
    const auto last = shared_at<unsigned>(Shape::kStagesAt);
    if (threadIdx.x == 0)
      last.set(0, atomic_add(in.arrived + unit, 1) == static_cast<unsigned>(parts - 1) ? 1U : 0U);
    __syncthreads();
    if (last.get(0) == 0) continue;
    __threadfence();
    merge_slots<Shape>(in.attention, block, slot(first), parts);
    if (threadIdx.x == 0) store_global(in.arrived + unit, 0U);
  }
}

}  // namespace einfall::gpu_ref
