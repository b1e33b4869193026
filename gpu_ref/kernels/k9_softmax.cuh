#pragma once

// K9: softmax of the rows of a matrix, alone, in three forms.
//
// Implements the middle of workloads/cascades/attn_3pass.yaml: GM, SN, SD, A.
//   Form 3: literal; a read for GM, one for SD, one for A.
//   Form 2: a running maximum and sum in one read; one read for A.
//   Form 1: the row stays in shared memory: one read.
//
// Shows: passes as memory traffic, with nothing else in the way.
// Shapes: rows of any length that is a multiple of 8, in form 1 up to 56 Ki; input fp32, bf16,
// fp16,
//   output bf16 or fp16; causal and windowed as K3. One block of 256 threads a row.
// Bytes a row of N: DRAM N (form x input + output) where a row does not stay in L2.
// A score: 1 or 2 exp2 (form 1: 1, its numerators are kept; else 2), 1 maximum, 1 add.
// Expected: 85 to 92 % of what a copy reaches; DRAM 4 : 3 : 2 units.

#include "gpu_ref/tile/mask.cuh"
#include "gpu_ref/tile/tile.cuh"

namespace einfall::gpu_ref {

template <class In, class Out>
struct SoftmaxOperands {
  const In* scores = nullptr;  // [rows, columns]
  Out* probabilities = nullptr;
  std::int64_t stride_in = 0;  // numbers from row to row, a multiple of 8
  std::int64_t stride_out = 0;
  int columns = 0;  // of a row, a multiple of 8
  float scale = 1;  // log2(e) times the scale of the scores, above 0
  Mask mask;        // row i is query i % mask.queries; what it does not see counts as -inf
};

inline constexpr int kSoftmaxThreads = 256;

/// Shared memory: a slot for each warp, then in form 1 the row in fp32.
constexpr std::size_t softmax_shared_bytes(int form, int columns) {
  return 64 + (form == 1 ? static_cast<std::size_t>(columns) * sizeof(float) : 0);
}

/// One value for the whole block from one of each thread; `combine` is a maximum or a sum.
template <class Combine>
__device__ __forceinline__ float block_reduce(float x, Combine combine) {
  const auto slots = shared_at<float>(0);
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) x = combine(x, shuffle_xor(x, mask));
  __syncthreads();  // the slots of the last reduction have been read
  if (lane_index() == 0) slots.set(warp_index(), x);
  __syncthreads();
  x = slots.get(0);
#pragma unroll
  for (int w = 1; w < kSoftmaxThreads / 32; ++w) x = combine(x, slots.get(w));
  return x;
}
__device__ __forceinline__ float block_max(float x) {
  return block_reduce(x, [](float a, float b) { return fmaxf(a, b); });
}
__device__ __forceinline__ float block_sum(float x) {
  return block_reduce(x, [](float a, float b) { return a + b; });
}

/// visit(first column, 8 scores) for this thread's share of the row; -inf for what is not seen.
template <class In, class Visit>
__device__ __forceinline__ void for_each_eight(const In* row, int columns, const Mask& mask,
                                               Visit visit) {
  const int query = static_cast<int>(blockIdx.x) % mask.queries;
  const int first = mask.first_key(query), end = mask.end_key(query + 1);
  for (int c = static_cast<int>(threadIdx.x) * 8; c < columns; c += kSoftmaxThreads * 8) {
    float x[8];
    constexpr int kAtOnce = 16 / static_cast<int>(sizeof(In));
#pragma unroll
    for (int part = 0; part < 8; part += kAtOnce) {
      const auto pack = load_global(reinterpret_cast<const Pack<In, kAtOnce>*>(row + c + part));
#pragma unroll
      for (int i = 0; i < kAtOnce; ++i) {
        const int key = c + part + i;
        x[part + i] = key >= first && key < end ? widen(pack.values[i]) : -INFINITY;
      }
    }
    visit(c, x);
  }
}

template <class Out>
__device__ __forceinline__ void store_eight(Out* to, const float (&x)[8]) {
  Pack<Out, 8> packed;
#pragma unroll
  for (int i = 0; i < 8; ++i) packed.values[i] = narrow<Out>(x[i]);
  store_global(reinterpret_cast<Pack<Out, 8>*>(to), packed);
}

template <class In, class Out, int Form>
__global__ void __launch_bounds__(kSoftmaxThreads) softmax_rows(const SoftmaxOperands<In, Out> in) {
  const In* const row = in.scores + static_cast<std::int64_t>(blockIdx.x) * in.stride_in;
  Out* const out = in.probabilities + static_cast<std::int64_t>(blockIdx.x) * in.stride_out;
  const auto kept = shared_at<float>(64);
  const auto power = [&](float x, float maximum) {
    const float base = maximum == -INFINITY ? 0.0F : maximum * in.scale;
    return exp2_fast(fmaf(x, in.scale, -base));
  };
  float maximum = -INFINITY, sum = 0;
  if (Form == 2) {  // each thread online, then merged
    for_each_eight(row, in.columns, in.mask, [&](int, const float(&x)[8]) {
      float next = maximum;
      for (int i = 0; i < 8; ++i) next = fmaxf(next, x[i]);
      sum *= power(maximum, next);
      for (int i = 0; i < 8; ++i) sum += power(x[i], next);
      maximum = next;
    });
    const float mine = maximum;
    maximum = block_max(mine);
    sum = block_sum(sum * power(mine, maximum));
  } else {
    for_each_eight(row, in.columns, in.mask, [&](int c, const float(&x)[8]) {
      for (int i = 0; i < 8; ++i) {
        maximum = fmaxf(maximum, x[i]);
        if (Form == 1) kept.set(c + i, x[i]);
      }
    });
    maximum = block_max(maximum);
    const auto add = [&](int c, const float(&x)[8]) {
      for (int i = 0; i < 8; ++i) {
        const float p = power(x[i], maximum);
        if (Form == 1) kept.set(c + i, p);
        sum += p;
      }
    };
    if (Form == 1) {
      for (int c = static_cast<int>(threadIdx.x) * 8; c < in.columns; c += kSoftmaxThreads * 8) {
        float x[8];
        for (int i = 0; i < 8; ++i) x[i] = kept.get(c + i);
        add(c, x);
      }
    } else {
      for_each_eight(row, in.columns, in.mask, add);
    }
    sum = block_sum(sum);
  }
  const float factor = sum == 0 ? 0.0F : 1.0F / sum;
  const auto finish = [&](int c, const float(&x)[8]) {
    float a[8];
    for (int i = 0; i < 8; ++i) a[i] = (Form == 1 ? x[i] : power(x[i], maximum)) * factor;
    store_eight(out + c, a);
  };
  if (Form == 1) {
    for (int c = static_cast<int>(threadIdx.x) * 8; c < in.columns; c += kSoftmaxThreads * 8) {
      float x[8];
      for (int i = 0; i < 8; ++i) x[i] = kept.get(c + i);
      finish(c, x);
    }
  } else {
    for_each_eight(row, in.columns, in.mask, finish);
  }
}

}  // namespace einfall::gpu_ref
