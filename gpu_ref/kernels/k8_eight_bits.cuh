#pragma once

// K8: one-pass attention with 8-bit operands: int8 for Q K^T with fp16 for P V, or e4m3 for both.
//
// Implements workloads/cascades/attn_1pass.yaml and its causal and windowed forms, as K3 does:
// precision is an attribute of the mapping.
//
// Shows: products get twice as fast, exponentials do not; they dominate now (8 and 8 clocks a
//   column of 128 rows at D = 128). 8-bit probabilities want their values the other way round: the
//   product takes 4 neighbouring keys from a register, so V comes transposed, [D, keys], and the
//   keys of a tile are handed to Q K^T in an order that leaves each lane the 4 neighbours it needs.
// Shapes: int8: D = 64, 128, 256; e4m3: D = 64, 128 and keys in multiples of 64; else as K3. One
//   scale each for Q, K and V; outputs are fp16.
// Passes over K: 1.
// Bytes a head: as K3 with b = 1 for Q, K (and V of e4m3), 2 for outputs and for V beside int8.
// A score: as K3.
// Expected on an H200: int8 somewhat above K3. e4m3 below it: sm_90 has products of e4m3 in wgmma
//   only (device/k4_warp_specialised.cuh uses them), and mma.sync becomes conversions and products
//   of fp16; sm_89 and sm_120 have them.

#include "gpu_ref/kernels/k3_one_pass.cuh"

namespace einfall::gpu_ref {

/// Scores are held twice for a moment, as sums of integers and as floats: one row tile a warp.
template <int Dim>
struct Int8Block : QueryBlock<Fp16, Dim, Dim == 64 ? 2 : 1> {
  using Key = std::int8_t;
  using Score = int;
};

/// The columns 2 t and 2 t + 1 of two blocks of 8, which one lane holds, are the keys 4 t .. 4 t +
/// 3 of 16.
struct KeysInFours {
  static __device__ int key_of(int column) {
    return column % 8 / 2 * 4 + column / 8 * 2 + column % 2;
  }
};

template <int Dim>
struct E4m3Block : QueryBlock<Fp16, Dim, 1> {
  using Key = E4m3;
  using Value = E4m3;
  using Order = KeysInFours;
  static constexpr bool kTransposedValues = true;
  /// Probabilities, at most 1, would lose what is below 2^-9: 2^8 is still in e4m3's range.
  static constexpr float kLift = 8;
};

/// The probabilities of 32 keys, from 32 m on, in the order of KeysInFours: an operand of 16 x 32.
template <int Blocks>
__device__ __forceinline__ void round_eight_bits(const float (&p)[Blocks][4], int m,
                                                 std::uint32_t (&a)[4]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float(&low)[4] = p[4 * m + i / 2 * 2], (&high)[4] = p[4 * m + i / 2 * 2 + 1];
    const int h = 2 * (i % 2);
    a[i] = pack_e4m3(low[h], low[h + 1], high[h], high[h + 1]);
  }
}

/// SLNV in e4m3: outputs += P V for a tile of values [D, keys].
template <class T, int RowTiles, int Blocks, int Keys, int OutputBlocks>
__device__ __forceinline__ void add_values(float (&outputs)[RowTiles][OutputBlocks][4],
                                           const float (&p)[RowTiles][Blocks][4],
                                           Tile<E4m3, Keys> values) {
  static_assert(Keys == 8 * Blocks);
  const int lane = opaque(lane_index());
#pragma unroll
  for (int m = 0; m < Keys / 32; ++m) {
    std::uint32_t a[RowTiles][4];
#pragma unroll
    for (int r = 0; r < RowTiles; ++r) round_eight_bits(p[r], m, a[r]);
#pragma unroll
    for (int f = 0; f < OutputBlocks / 2; ++f) {
      std::uint32_t b[4];
      load_matrices(b, values.chunk(16 * f + lane % 8 + lane / 16 * 8, 2 * m + lane / 8 % 2));
#pragma unroll
      for (int r = 0; r < RowTiles; ++r) {
        mma_16x8x32_e4m3(outputs[r][2 * f], a[r], b[0], b[1]);
        mma_16x8x32_e4m3(outputs[r][2 * f + 1], a[r], b[2], b[3]);
      }
    }
  }
}

}  // namespace einfall::gpu_ref
