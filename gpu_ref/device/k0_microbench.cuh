#pragma once

// K0: microbenchmarks, one kernel for each constant of a GPU's machine description.
//
// Shows: what a unit does when nothing else is in its way: memory streams, the L2 by size of the
//   set, exponentials, products of every kind, shared memory, an empty launch. The constants of
//   arch/specs/h200.yaml are to come from here, not from fitted kernels.
// Shapes: blocks x 256 threads (wgmma: 128), any number of repeats. Every kernel leaves the clocks
//   that each block took in cycles[block].
// Bytes and operations: those of the formulas beside each entry in k0_microbench.cu.
// Expected on an H200: copy 4.2 to 4.3 TB/s (reads and writes), pure reads 4.5; L2 9 to 10 TB/s
//   up to 45 MB; ex2 16 a clock and SM; wgmma 4096 FLOP a clock and SM, mma.sync some 62 % of it;
//   shared memory 128 B a clock and SM.

#include "gpu_ref/device/gpu/warpgroup.cuh"

namespace einfall::gpu_ref {

using Sixteen = Pack<std::uint32_t, 4>;

/// Times a block: its first thread notes the clock when made and leaves the difference at the end.
class BlockClock {
 public:
  __device__ explicit BlockClock(long long* cycles) : cycles_(cycles) {
    __syncthreads();
    start_ = clock64();
  }
  __device__ void stop() const {
    __syncthreads();
    if (threadIdx.x == 0) cycles_[blockIdx.x] = clock64() - start_;
  }

 private:
  long long* cycles_;
  long long start_;
};

/// One stream through memory: to[i] = from[i] + other[i] as bit patterns; without `other` a copy,
/// without `to` a read, whose sum is kept so that it is done. All blocks go over [0, count)
/// together, `repeats` times.
template <bool Reads, bool Triad, bool Writes>
__global__ void __launch_bounds__(256)
    stream_memory(const Sixteen* from, const Sixteen* other, Sixteen* to, std::int64_t count,
                  int repeats, long long* cycles) {
  const BlockClock clock(cycles);
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  std::uint32_t sum = 0;
  for (int repeat = 0; repeat < repeats; ++repeat)
#pragma unroll 4
    for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
         i < count; i += step) {
      Sixteen x{{0, 1, 2, 3}};
      if (Reads)
        asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(x.values[0]), "=r"(x.values[1]), "=r"(x.values[2]), "=r"(x.values[3])
                     : "l"(from + i));
      if (Triad) {
        const Sixteen y = other[i];
#pragma unroll
        for (int w = 0; w < 4; ++w) x.values[w] += y.values[w];
      }
      if (Writes)
        to[i] = x;
      else
        sum += x.values[0] ^ x.values[3];
    }
  if (!Writes && sum == 0x12345678U) to[0].values[0] = sum;
  clock.stop();
}

/// 8 independent chains of ex2 a thread.
__global__ void __launch_bounds__(256) rate_of_exp(float* out, int repeats, long long* cycles) {
  const BlockClock clock(cycles);
  float x[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) x[i] = -static_cast<float>(threadIdx.x + i) / 1024;
#pragma unroll 1
  for (int repeat = 0; repeat < repeats; ++repeat)
#pragma unroll
    for (int i = 0; i < 8; ++i) x[i] = exp2_fast(x[i]);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < 8; ++i) sum += x[i];
  if (sum == 123.0F) out[0] = sum;
  clock.stop();
}

/// Two numbers of bf16 or fp16 between 2^-7 and 2, four of int8, or four of e4m3 that are no NaN:
/// zeros would draw less power and run faster.
__device__ __forceinline__ std::uint32_t operand_bits(std::uint32_t i) {
  return ((i + 1) * 2654435761U & 0x83bf83bfU) | 0x3c003c00U;
}

/// 8 independent chains of products a warp: 16-bit floats, int8, e4m3.
template <class T, class Sum>
__global__ void __launch_bounds__(256) rate_of_mma(Sum* out, int repeats, long long* cycles) {
  const BlockClock clock(cycles);
  Sum d[8][4] = {};
  std::uint32_t a[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) a[i] = operand_bits(4 * threadIdx.x + i);
#pragma unroll 1
  for (int repeat = 0; repeat < repeats; ++repeat)
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      if constexpr (sizeof(T) == 2)
        mma_16x8x16<T>(d[i], a, a[0], a[1]);
      else if constexpr (std::is_same_v<Sum, int>)
        mma_16x8x32_s8(d[i], a, a[0], a[1]);
      else
        mma_16x8x32_e4m3(d[i], a, a[0], a[1]);
    }
  Sum sum = 0;
#pragma unroll
  for (int i = 0; i < 8; ++i) sum += d[i][0] + d[i][1] + d[i][2] + d[i][3];
  if (sum == Sum(12345)) out[0] = sum;
  clock.stop();
}

/// Products 64 x 128 x 16 of a warpgroup (x 32 of e4m3), operands in shared memory.
template <class T>
__global__ void __launch_bounds__(128) rate_of_wgmma(float* out, int repeats, long long* cycles) {
  const auto memory = shared_at<std::uint32_t>(0);
  for (int i = static_cast<int>(threadIdx.x); i < 8192; i += 128) memory.set(i, operand_bits(i));
  const BlockClock clock(cycles);
  float d[16][4] = {};
  const std::uint64_t a = matrix_at(memory.address(), 16);
  const std::uint64_t b = matrix_at(memory.address() + 16384, 16);
#pragma unroll 1
  for (int repeat = 0; repeat < repeats; ++repeat) {
    hold(d);
    begin_products();
#pragma unroll
    for (int i = 0; i < 8; ++i) multiply_rows_128<T>(d, a, b, true);
    commit_products();
    wait_products<0>();
  }
  hold(d);
  float sum = 0;
#pragma unroll
  for (int n = 0; n < 16; ++n) sum += d[n][0] + d[n][1] + d[n][2] + d[n][3];
  if (sum == 123.0F) out[0] = sum;
  clock.stop();
}

/// Four matrices of 8 x 8 at a time, without bank conflicts: 512 bytes a warp and instruction.
__global__ void __launch_bounds__(256)
    rate_of_shared_memory(std::uint32_t* out, int repeats, long long* cycles) {
  const auto memory = shared_at<std::uint32_t>(0);
  for (int i = static_cast<int>(threadIdx.x); i < 1024; i += 256) memory.set(i, threadIdx.x);
  const BlockClock clock(cycles);
  std::uint32_t sum = 0;
#pragma unroll 1
  for (int repeat = 0; repeat < repeats; ++repeat)
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      std::uint32_t r[4];
      load_matrices(r,
                    shared_at<Bf16>(static_cast<std::uint32_t>(threadIdx.x) % 32 * 16 + 512U * i));
      sum ^= r[0] ^ r[1] ^ r[2] ^ r[3];
    }
  if (sum == 0x12345678U) out[0] = sum;
  clock.stop();
}

__global__ void __launch_bounds__(32) nothing() {}

}  // namespace einfall::gpu_ref
