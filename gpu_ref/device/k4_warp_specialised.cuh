#pragma once

// K4: one-pass attention, FlashAttention-3's way: a warpgroup that only copies, two that compute,
// with wgmma, TMA and mbarriers. Hopper only; compiled, never run without a GPU (there is no
// executor for wgmma).
//
// Implements workloads/cascades/attn_1pass.yaml, its causal and windowed forms.
//
// Shows: overlap. Inside a warpgroup, the scores of the next tile are under way while this tile's
//   values are; between the two, PingPong = true lets one take its exponentials while the other has
//   the tensor cores (they hand over by named barriers). With PingPong = false both run as they
//   come: the difference is the overlap parameter of the model, measured.
// Shapes: bf16 and fp16; D = 64, 128, 256; e4m3 (K8 by wgmma, V [D, keys]): D = 128, outputs in
//   fp16, keys in multiples of 64; any number of queries and keys; full, causal, windowed; heads
//   that share keys (GQA).
// Passes over K: 1.
// Bytes a head: as K3, with tiles of 128 keys (64 at D = 256); K and V reach shared memory once for
//   both warpgroups.
// A score: as K3, D / 128 multiplies of outputs (4 at D = 256).
// Expected on an H200: 450 to 620 TFLOP/s at D = 128, 350 to 480 at D = 64; off / on about 0.86.

#include "gpu_ref/device/gpu/warpgroup.cuh"
#include "gpu_ref/kernels/k8_eight_bits.cuh"

namespace einfall::gpu_ref {

/// Tensor maps [heads, rows, D] with boxes of 128 bytes and as many rows as a tile, 128-byte
/// swizzle. Of e4m3, K's hands the keys out in fours (KeysInFours), and V's is [heads, D, keys].
template <class T, class Out>
struct SpecialisedOperands {
  CUtensorMap q, k, v;
  AttentionOperands<T, T, Out> attention;
};

template <class T_, int Dim_>
struct SpecialisedBlock {
  using T = T_;
  static constexpr bool kEightBits = std::is_same_v<T, E4m3>;
  using Out = std::conditional_t<kEightBits, Fp16, T>;
  using Order = std::conditional_t<kEightBits, KeysInFours, KeysInOrder>;
  using Operands = SpecialisedOperands<T, Out>;
  static constexpr float kLift = kEightBits ? E4m3Block<Dim_>::kLift : 0;
  static constexpr int kDim = Dim_;
  static constexpr int kGroups = 2;  // of 64 rows
  static constexpr int kRows = 64 * kGroups;
  static constexpr int kKeys = Dim_ == 256 ? 64 : 128;   // registers for D outputs, kKeys scores
  static constexpr int kSteps = kKeys * sizeof(T) / 32;  // products over a tile's keys
  static constexpr int kStages = 2;
  static constexpr int kThreads = 128 * (1 + kGroups);
  static constexpr int kNumbers = 32 / sizeof(T);          // of a row, in one product
  static constexpr int kColumns = kDim * sizeof(T) / 128;  // boxes side by side
  static constexpr int kQueryBoxBytes = kRows * 128;       // of all rows
  static constexpr int kBoxBytes = kKeys * 128;
  static_assert(!kEightBits || (kDim == 128 && kKeys == 128),
                "V's box is [D, keys], 128 bytes wide");
  static constexpr int kTileBytes = kColumns * kBoxBytes;
  static constexpr std::uint32_t kKeysAt = kColumns * kQueryBoxBytes;
  static constexpr std::uint32_t kValuesAt = kKeysAt + kStages * kTileBytes;
  static constexpr std::uint32_t kBarriersAt = kValuesAt + kStages * kTileBytes;
  static constexpr std::size_t kSharedBytes = kBarriersAt + 8 * (1 + 4 * kStages);
};

/// Addresses of one block's tiles and barriers.
template <class Shape>
struct SpecialisedMemory {
  std::uint32_t base;
  __device__ SpecialisedMemory() : base(shared_at<unsigned char>(0).address()) {}
  __device__ std::uint32_t queries(int group) const { return base + group * 64 * 128; }
  __device__ std::uint32_t keys(int stage) const {
    return base + Shape::kKeysAt + stage * Shape::kTileBytes;
  }
  __device__ std::uint32_t values(int stage) const {
    return base + Shape::kValuesAt + stage * Shape::kTileBytes;
  }
  __device__ PhaseBarrier barrier(int i) const {
    return PhaseBarrier(base + Shape::kBarriersAt + 8 * i);
  }
  __device__ PhaseBarrier queries_there() const { return barrier(0); }
  __device__ PhaseBarrier keys_there(int stage) const { return barrier(1 + stage); }
  __device__ PhaseBarrier values_there(int stage) const {
    return barrier(1 + Shape::kStages + stage);
  }
  __device__ PhaseBarrier keys_used(int stage) const {
    return barrier(1 + 2 * Shape::kStages + stage);
  }
  __device__ PhaseBarrier values_used(int stage) const {
    return barrier(1 + 3 * Shape::kStages + stage);
  }
};

/// The tiles of keys that a block of queries sees.
struct TileRange {
  int first, count;
};
template <class Shape>
__device__ __forceinline__ TileRange tiles_of(const Mask& mask, int first_query) {
  const int end_query =
      first_query + Shape::kRows < mask.queries ? first_query + Shape::kRows : mask.queries;
  const int first = mask.first_key(first_query) / Shape::kKeys;
  const int end = (mask.end_key(end_query) + Shape::kKeys - 1) / Shape::kKeys;
  return {first, end > first ? end - first : 0};
}

/// One thread asks for everything, in the order in which it is needed.
template <class Shape>
__device__ __forceinline__ void produce(const typename Shape::Operands& in,
                                        const SpecialisedMemory<Shape>& memory, int first_query,
                                        TileRange tiles) {
  const int head = static_cast<int>(blockIdx.y), kv_head = in.attention.kv_head(head);
  const auto copy = [&](std::uint32_t to, const CUtensorMap* map, int row, int of_head,
                        const PhaseBarrier& barrier, unsigned box_bytes = Shape::kBoxBytes) {
    barrier.arrive_expecting(Shape::kColumns * box_bytes);
    for (int c = 0; c < Shape::kColumns; ++c)
      copy_box(to + c * box_bytes, map, 128 / sizeof(typename Shape::T) * c, row, of_head, barrier);
  };
  copy(memory.queries(0), &in.q, first_query, head, memory.queries_there(), Shape::kQueryBoxBytes);
#pragma unroll 1
  for (int i = 0; i < tiles.count; ++i) {
    const int stage = i % Shape::kStages, row = (tiles.first + i) * Shape::kKeys;
    const unsigned free = static_cast<unsigned>(i / Shape::kStages + 1) & 1U;
    memory.keys_used(stage).wait(free);
    if constexpr (Shape::kEightBits) {
      // Sixteens of keys, all heads' in one row: past the end of a head lie keys that are masked.
      memory.keys_there(stage).arrive_expecting(Shape::kTileBytes);
      copy_box_of_five(memory.keys(stage), &in.k, (kv_head * in.attention.mask.keys + row) / 16,
                       memory.keys_there(stage));
      memory.values_used(stage).wait(free);
      memory.values_there(stage).arrive_expecting(Shape::kTileBytes);
      copy_box(memory.values(stage), &in.v, row, 0, kv_head, memory.values_there(stage));
    } else {
      copy(memory.keys(stage), &in.k, row, kv_head, memory.keys_there(stage));
      memory.values_used(stage).wait(free);
      copy(memory.values(stage), &in.v, row, kv_head, memory.values_there(stage));
    }
  }
}

/// scores = Q K^T of one warpgroup's rows, begun.
template <class Shape>
__device__ __forceinline__ void begin_scores(float (&scores)[Shape::kKeys / 8][4],
                                             std::uint32_t queries, std::uint32_t keys) {
  begin_products();
#pragma unroll
  for (int e = 0; e < Shape::kDim / Shape::kNumbers; ++e) {
    const std::uint64_t a = matrix_at(queries + e / 4 * Shape::kQueryBoxBytes + e % 4 * 32, 16);
    const std::uint64_t b = matrix_at(keys + e / 4 * Shape::kBoxBytes + e % 4 * 32, 16);
    if constexpr (Shape::kKeys == 64)
      multiply_rows_64<typename Shape::T>(scores, a, b, e > 0);
    else
      multiply_rows_128<typename Shape::T>(scores, a, b, e > 0);
  }
  commit_products();
}

/// outputs += P V, begun.
template <class Shape>
__device__ __forceinline__ void begin_values(float (&outputs)[Shape::kDim / 8][4],
                                             const std::uint32_t (&p)[Shape::kSteps][4],
                                             std::uint32_t values) {
  begin_products();
#pragma unroll
  for (int m = 0; m < Shape::kSteps; ++m) {
    if constexpr (Shape::kEightBits) {
      multiply_eight_bits_128(outputs, p[m], matrix_at(values + m * 32, 16));
    } else {
      const std::uint64_t b = matrix_at(values + m * 16 * 128, Shape::kBoxBytes);
      if constexpr (Shape::kDim == 64)
        multiply_columns_64<typename Shape::T>(outputs, p[m], b);
      else if constexpr (Shape::kDim == 256)
        multiply_columns_256<typename Shape::T>(outputs, p[m], b);
      else
        multiply_columns_128<typename Shape::T>(outputs, p[m], b);
    }
  }
  commit_products();
}

template <class T, int Steps, int Blocks>
__device__ __forceinline__ void round_probabilities(const float (&s)[1][Blocks][4],
                                                    std::uint32_t (&p)[Steps][4]) {
#pragma unroll
  for (int m = 0; m < Steps; ++m) {
    if constexpr (std::is_same_v<T, E4m3>) {
      round_eight_bits(s[0], m, p[m]);
    } else {
#pragma unroll
      for (int i = 0; i < 4; ++i)
        p[m][i] = pack<T>(s[0][2 * m + i / 2][2 * (i % 2)], s[0][2 * m + i / 2][2 * (i % 2) + 1]);
    }
  }
}

/// One warpgroup of 64 rows.
template <class Shape, bool PingPong>
__device__ __forceinline__ void consume(const decltype(Shape::Operands::attention)& in,
                                        const SpecialisedMemory<Shape>& memory, int group,
                                        int first_query, TileRange tiles) {
  using T = typename Shape::T;
  constexpr int kTurn = 1, kBoth = 256;  // named barriers kTurn + group
  const int warp = warp_index() % 4, lane = lane_index();
  const int my_query = first_query + 64 * group + 16 * warp;
  float outputs[1][Shape::kDim / 8][4];
  clear(outputs);
  RowStatistics<1> rows;
  clear(rows);
  const auto parity = [](int i) { return static_cast<unsigned>(i / Shape::kStages) & 1U; };
  const auto used = [&](const PhaseBarrier& barrier) {
    if (lane == 0) barrier.arrive();
  };
  const auto mask_tile = [&](float(&scores)[1][Shape::kKeys / 8][4], int i) {
    const int key = (tiles.first + i) * Shape::kKeys, first = first_query + 64 * group;
    if (!in.mask.full(first, first + 64, key, key + Shape::kKeys))
      apply<typename Shape::Order>(in.mask, scores, key, [&](int row) { return my_query + row; });
  };
  memory.queries_there().wait(0);
  if (tiles.count > 0) {
    std::uint32_t p[Shape::kSteps][4];
    {
      float scores[1][Shape::kKeys / 8][4];
      memory.keys_there(0).wait(0);
      begin_scores<Shape>(scores[0], memory.queries(group), memory.keys(0));
      wait_products<0>();
      hold(scores[0]);
      used(memory.keys_used(0));
      mask_tile(scores, 0);
      online_step(rows, scores, outputs, in.scale, Shape::kLift);
      round_probabilities<T>(scores, p);
    }
    if (PingPong && group == 1) named_arrive(kTurn, kBoth);
#pragma unroll 1
    for (int i = 1; i < tiles.count; ++i) {
      const int stage = i % Shape::kStages, before = (i - 1) % Shape::kStages;
      float scores[1][Shape::kKeys / 8][4];
      memory.keys_there(stage).wait(parity(i));
      memory.values_there(before).wait(parity(i - 1));
      if (PingPong) named_wait(kTurn + group, kBoth);
      begin_scores<Shape>(scores[0], memory.queries(group), memory.keys(stage));
      begin_values<Shape>(outputs[0], p, memory.values(before));
      if (PingPong) named_arrive(kTurn + 1 - group, kBoth);
      wait_products<1>();
      hold(scores[0]);
      used(memory.keys_used(stage));
      mask_tile(scores, i);
      const RowStatistics<1> last = rows;
      update_maximum(rows, scores);
      float correction[1][2];
      correct_sums(rows, last, in.scale, correction);
      exponentiate(rows, scores, in.scale, Shape::kLift);
      wait_products<0>();
      hold(outputs[0]);
      used(memory.values_used(before));
      scale_rows(outputs, correction);
      round_probabilities<T>(scores, p);
    }
    if (PingPong && group == 0) named_wait(kTurn, kBoth);  // the other's last hand-over
    const int last = tiles.count - 1;
    memory.values_there(last % Shape::kStages).wait(parity(last));
    begin_values<Shape>(outputs[0], p, memory.values(last % Shape::kStages));
    wait_products<0>();
    hold(outputs[0]);
  }
  float factor[1][2];
  divisors(rows, factor, Shape::kEightBits ? in.value_scale : 1.0F);
  scale_rows(outputs, factor);
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const std::int64_t query = my_query + lane / 4 + 8 * h;
    if (query >= in.mask.queries) continue;
    typename Shape::Out* const to =
        in.o + (static_cast<std::int64_t>(blockIdx.y) * in.mask.queries + query) * Shape::kDim;
#pragma unroll
    for (int n = 0; n < Shape::kDim / 8; ++n)
      store_global(reinterpret_cast<std::uint32_t*>(to + 8 * n + 2 * (lane % 4)),
                   pack<typename Shape::Out>(outputs[0][n][2 * h], outputs[0][n][2 * h + 1]));
  }
}

/// Queries along x, heads along y.
template <class Shape, bool PingPong>
__global__ void __launch_bounds__(Shape::kThreads, 1)
    attend_specialised(const __grid_constant__ typename Shape::Operands in) {
  const SpecialisedMemory<Shape> memory;
  const int first_query = static_cast<int>(blockIdx.x) * Shape::kRows;
  const TileRange tiles = tiles_of<Shape>(in.attention.mask, first_query);
  if (threadIdx.x == 0) {
    for (int i = 0; i < 1 + 2 * Shape::kStages; ++i) memory.barrier(i).init(1);
    // A lane of each warp that computes.
    for (int i = 1 + 2 * Shape::kStages; i < 1 + 4 * Shape::kStages; ++i)
      memory.barrier(i).init(4 * Shape::kGroups);
    fence_barriers();
  }
  __syncthreads();
  // Registers go from the group that copies to those that compute: 128 x (40 + 2 x 232) of 65536.
  if (threadIdx.x < 128) {
    give_registers<40>();
    if (threadIdx.x == 0) produce<Shape>(in, memory, first_query, tiles);
  } else {
    take_registers<232>();
    consume<Shape, PingPong>(in.attention, memory, warp_index() / 4 - 1, first_query, tiles);
  }
}

}  // namespace einfall::gpu_ref
