#pragma once

// The intrinsics of the kernels on the GPU: PTX of sm_80 and later. executor/gpu/intrinsics.cuh has
// the same names for the CPU and describes what each does.

#include <cstdint>

#include "gpu_ref/formats.cuh"

namespace einfall::gpu_ref {

extern __shared__ __align__(1024) unsigned char block_shared[];

/// Numbers of type T in the block's shared memory from a byte offset on.
template <class T>
class Shared {
 public:
  __device__ explicit Shared(std::uint32_t offset) : offset_(offset) {}
  __device__ T get(int i) const { return pointer()[i]; }
  __device__ void set(int i, T value) const { pointer()[i] = value; }
  __device__ Shared from(int i) const {
    return Shared(offset_ + static_cast<std::uint32_t>(i) * static_cast<std::uint32_t>(sizeof(T)));
  }
  template <class U>
  __device__ Shared<U> as() const {
    return Shared<U>(offset_);
  }
  /// In the address space of shared memory, as PTX wants it.
  __device__ std::uint32_t address() const {
    return static_cast<std::uint32_t>(__cvta_generic_to_shared(block_shared)) + offset_;
  }

 private:
  __device__ T* pointer() const { return reinterpret_cast<T*>(block_shared + offset_); }
  std::uint32_t offset_;
};
template <class T>
__device__ Shared<T> shared_at(std::uint32_t byte_offset) {
  return Shared<T>(byte_offset);
}

__device__ __forceinline__ int opaque(int x) {
  asm volatile("" : "+r"(x));
  return x;
}

template <class T>
__device__ __forceinline__ T load_global(const T* from) {
  return *from;
}
template <class T>
__device__ __forceinline__ void store_global(T* to, T value) {
  *to = value;
}
__device__ __forceinline__ unsigned atomic_add(unsigned* to, unsigned value) {
  return atomicAdd(to, value);
}

template <class T>
__device__ __forceinline__ void copy_async(Shared<T> to, const T* from, bool valid) {
  // A source of no bytes fills with zeros.
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to.address()), "l"(from),
               "r"(valid ? 16 : 0)
               : "memory");
}
__device__ __forceinline__ void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
template <int Left>
__device__ __forceinline__ void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Left) : "memory");
}

template <class T>
__device__ __forceinline__ void load_matrices(std::uint32_t (&r)[4], Shared<T> row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row.address())
               : "memory");
}
template <class T>
__device__ __forceinline__ void load_matrices_transposed(std::uint32_t (&r)[4], Shared<T> row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row.address())
               : "memory");
}

template <class T>
__device__ void mma_16x8x16(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                            std::uint32_t b1);
template <>
__device__ __forceinline__ void mma_16x8x16<Bf16>(float (&d)[4], const std::uint32_t (&a)[4],
                                                  std::uint32_t b0, std::uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
template <>
__device__ __forceinline__ void mma_16x8x16<Fp16>(float (&d)[4], const std::uint32_t (&a)[4],
                                                  std::uint32_t b0, std::uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
__device__ __forceinline__ void mma_16x8x32_s8(int (&d)[4], const std::uint32_t (&a)[4],
                                               std::uint32_t b0, std::uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
// Numbers of e4m3 are for sm_89 and later; what nobody calls is not assembled.
__device__ __forceinline__ void mma_16x8x32_e4m3(float (&d)[4], const std::uint32_t (&a)[4],
                                                 std::uint32_t b0, std::uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
__device__ __forceinline__ std::uint32_t pack_e4m3(float a, float b, float c, float d) {
  std::uint16_t low, high;
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(low) : "f"(b), "f"(a));
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(high) : "f"(d), "f"(c));
  return low | (static_cast<std::uint32_t>(high) << 16);
}

__device__ __forceinline__ float shuffle_xor(float value, int mask) {
  return __shfl_xor_sync(0xffffffffU, value, mask);
}
__device__ __forceinline__ std::uint32_t shuffle(std::uint32_t value, int source) {
  return __shfl_sync(0xffffffffU, value, source);
}

__device__ __forceinline__ float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

template <class T>
__device__ std::uint32_t pack(float low, float high);
template <>
__device__ __forceinline__ std::uint32_t pack<Bf16>(float low, float high) {
  std::uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}
template <>
__device__ __forceinline__ std::uint32_t pack<Fp16>(float low, float high) {
  std::uint32_t packed;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}

template <class T>
__device__ float widen(T value);
template <>
__device__ __forceinline__ float widen<Bf16>(Bf16 value) {
  return __uint_as_float(static_cast<std::uint32_t>(value.bits) << 16);
}
template <>
__device__ __forceinline__ float widen<Fp16>(Fp16 value) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value.bits));
  return wide;
}
template <>
__device__ __forceinline__ float widen<float>(float value) {
  return value;
}
template <class T>
__device__ __forceinline__ T narrow(float value) {
  return T{static_cast<std::uint16_t>(pack<T>(value, 0.0F))};
}
template <>
__device__ __forceinline__ float narrow<float>(float value) {
  return value;
}
template <class T>
__device__ __forceinline__ float low_of(std::uint32_t packed) {
  return widen(T{static_cast<std::uint16_t>(packed)});
}
template <class T>
__device__ __forceinline__ float high_of(std::uint32_t packed) {
  return widen(T{static_cast<std::uint16_t>(packed >> 16)});
}

}  // namespace einfall::gpu_ref
