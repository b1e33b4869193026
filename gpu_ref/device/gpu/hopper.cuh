#pragma once

// What only Hopper has, as inline PTX for sm_90a: mbarriers, the bulk tensor copy (TMA), products
// of a warpgroup (wgmma), register hand-over. There is no CPU side of these.

#include <cuda.h>

#include <cstdint>

#include <gpu/intrinsics.cuh>

namespace einfall::gpu_ref {

/// A barrier in shared memory that counts arrivals and bytes; its phase flips each time it is full.
class PhaseBarrier {
 public:
  __device__ explicit PhaseBarrier(std::uint32_t address) : address_(address) {}
  /// By one thread, before anybody uses it; then fence_barriers() and a barrier of the block.
  __device__ void init(unsigned arrivals) const {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(address_), "r"(arrivals));
  }
  __device__ void arrive() const {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(address_) : "memory");
  }
  /// One arrival, and the phase also waits for so many bytes of bulk copies.
  __device__ void arrive_expecting(unsigned bytes) const {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(address_),
                 "r"(bytes)
                 : "memory");
  }
  /// Until the phase of this parity is over.
  __device__ void wait(unsigned parity) const {
    asm volatile(
        "{\n"
        ".reg .pred done;\n"
        "again:\n"
        "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
        "@done bra over;\n"
        "bra again;\n"
        "over:\n"
        "}\n" ::"r"(address_),
        "r"(parity)
        : "memory");
  }
  __device__ std::uint32_t address() const { return address_; }

 private:
  std::uint32_t address_;
};
__device__ __forceinline__ void fence_barriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

/// Begins the copy of a box of a tensor map to shared memory (a multiple of 1024 bytes into it, the
/// map's swizzle permutes 16-byte chunks within 1024); the barrier gets its bytes. Rows past the
/// tensor's end become zeros. One thread calls it.
__device__ __forceinline__ void copy_box(std::uint32_t to, const CUtensorMap* map, int column,
                                         int row, int head, const PhaseBarrier& barrier) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], "
      "[%1, {%2, %3, %4}], [%5];" ::"r"(to),
      "l"(map), "r"(column), "r"(row), "r"(head), "r"(barrier.address())
      : "memory");
}

/// The same for a map of 5 dimensions, from (0, 0, 0, 0, last) on.
__device__ __forceinline__ void copy_box_of_five(std::uint32_t to, const CUtensorMap* map, int last,
                                                 const PhaseBarrier& barrier) {
  asm volatile(
      "cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], "
      "[%1, {%2, %2, %2, %2, %3}], [%4];" ::"r"(to),
      "l"(map), "r"(0), "r"(last), "r"(barrier.address())
      : "memory");
}

/// Named barrier `id` (1 to 15) of `threads` threads: waits for all, or only counts this one.
__device__ __forceinline__ void named_wait(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
__device__ __forceinline__ void named_arrive(int id, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

template <int Registers>
__device__ __forceinline__ void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Registers));
}
template <int Registers>
__device__ __forceinline__ void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Registers));
}

/// Where a matrix lies for wgmma: rows of 64 16-bit or 128 8-bit numbers (128 bytes) with the
/// 128-byte swizzle, 8 rows every 1024 bytes. `leading` is the distance in bytes between blocks of
/// 64 columns where columns are what the product counts outputs by (a transposed B); else it is not
/// used.
__device__ __forceinline__ std::uint64_t matrix_at(std::uint32_t address, std::uint32_t leading) {
  const std::uint64_t kStride = 1024 >> 4, kSwizzle128 = std::uint64_t{1} << 62;
  return ((address & 0x3ffffU) >> 4) | (static_cast<std::uint64_t>(leading >> 4) << 16) |
         (kStride << 32) | kSwizzle128;
}

__device__ __forceinline__ void begin_products() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
__device__ __forceinline__ void commit_products() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int Left>
__device__ __forceinline__ void wait_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Left) : "memory");
}
/// Products write their accumulators when they like: no use of them may move across this.
template <int Blocks>
__device__ __forceinline__ void hold(float (&sums)[Blocks][4]) {
#pragma unroll
  for (int n = 0; n < Blocks; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) asm volatile("" : "+f"(sums[n][i])::"memory");
}

}  // namespace einfall::gpu_ref
