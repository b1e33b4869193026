#pragma once

// Tensors of random numbers, made where they are used: every number follows from a seed and its
// index, so that the host knows any of them without a copy of all. The same on both sides, bit for
// bit.

#include <gpu/intrinsics.cuh>

namespace einfall::gpu_ref::measure {

/// 64 bits that look random (the finaliser of SplitMix64).
__host__ __device__ inline std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t x = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Nearly normal, of variance 1 times scale^2, within 3.5 times the scale: the sum of four uniform
/// numbers. Exact integers, and two roundings that nobody can fuse.
__host__ __device__ inline float random_normal(std::uint64_t bits, float scale) {
  const int sum = static_cast<int>((bits & 0xffffU) + (bits >> 16 & 0xffffU) +
                                   (bits >> 32 & 0xffffU) + (bits >> 48)) -
                  2 * 0xffff;
  return static_cast<float>(sum) * (1.0F / 37837) * scale;
}

template <class T>
__device__ __forceinline__ T stored(float x) {
  return narrow<T>(x);
}
template <>
__device__ __forceinline__ std::int8_t stored<std::int8_t>(float x) {
  return static_cast<std::int8_t>(x < 0 ? x - 0.5F : x + 0.5F);
}
template <>
__device__ __forceinline__ E4m3 stored<E4m3>(float x) {
  return E4m3{static_cast<std::uint8_t>(pack_e4m3(x, 0, 0, 0) & 0xffU)};
}

/// to[i] for all i below 8 * packs, by all threads of the grid.
template <class T>
__global__ void __launch_bounds__(256)
    fill_random(Pack<T, 8>* to, std::int64_t packs, std::uint64_t seed, float scale) {
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < packs;
       i += step) {
    Pack<T, 8> pack;
    for (int j = 0; j < 8; ++j)
      pack.values[j] =
          stored<T>(random_normal(random_bits(seed, static_cast<std::uint64_t>(8 * i + j)), scale));
    store_global(to + i, pack);
  }
}

}  // namespace einfall::gpu_ref::measure
