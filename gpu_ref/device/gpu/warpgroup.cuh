#pragma once

// Products of a warpgroup: d += a b with 64 rows in d, warp w of the four holding rows 16 w .. 16 w
// + 15 in the layout of mma.sync. Operands a and b of begin_products() .. wait_products() may not
// change.

#include <type_traits>

#include "gpu_ref/device/gpu/hopper.cuh"

// The registers of d, as operands of an asm statement and by the numbers they have in it.
#define EINFALL_FOUR(n) "+f"(d[n][0]), "+f"(d[n][1]), "+f"(d[n][2]), "+f"(d[n][3])
#define EINFALL_SUMS_64_IN_OUT                                                         \
  EINFALL_FOUR(0), EINFALL_FOUR(1), EINFALL_FOUR(2), EINFALL_FOUR(3), EINFALL_FOUR(4), \
      EINFALL_FOUR(5), EINFALL_FOUR(6), EINFALL_FOUR(7)
#define EINFALL_SUMS_128_IN_OUT                                                                 \
  EINFALL_SUMS_64_IN_OUT, EINFALL_FOUR(8), EINFALL_FOUR(9), EINFALL_FOUR(10), EINFALL_FOUR(11), \
      EINFALL_FOUR(12), EINFALL_FOUR(13), EINFALL_FOUR(14), EINFALL_FOUR(15)
#define EINFALL_SUMS_256_IN_OUT                                                                    \
  EINFALL_SUMS_128_IN_OUT, EINFALL_FOUR(16), EINFALL_FOUR(17), EINFALL_FOUR(18), EINFALL_FOUR(19), \
      EINFALL_FOUR(20), EINFALL_FOUR(21), EINFALL_FOUR(22), EINFALL_FOUR(23), EINFALL_FOUR(24),    \
      EINFALL_FOUR(25), EINFALL_FOUR(26), EINFALL_FOUR(27), EINFALL_FOUR(28), EINFALL_FOUR(29),    \
      EINFALL_FOUR(30), EINFALL_FOUR(31)
#define EINFALL_SUMS_64                                                         \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, " \
  "%17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define EINFALL_SUMS_128                                                          \
  EINFALL_SUMS_64                                                                 \
  ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, " \
  "%47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define EINFALL_SUMS_256                                                             \
  EINFALL_SUMS_128                                                                   \
  ", "                                                                               \
  "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, " \
  "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, " \
  "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, " \
  "%110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, "   \
  "%123, %124, %125, %126, %127"

namespace einfall::gpu_ref {

/// d (64 x 128), added to or overwritten: a (64 x 16) and b (128 x 16) in rows in shared memory.
template <class T>
__device__ __forceinline__ void multiply_rows_128(float (&d)[16][4], std::uint64_t a,
                                                  std::uint64_t b, bool add) {
  if constexpr (std::is_same_v<T, Bf16>)
    asm volatile(
        "{\n.reg .pred add;\nsetp.ne.b32 add, %66, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {" EINFALL_SUMS_128
        "}, %64, %65, add, 1, 1, 0, 0;\n}"
        : EINFALL_SUMS_128_IN_OUT
        : "l"(a), "l"(b), "r"(add ? 1 : 0));
  else
    asm volatile(
        "{\n.reg .pred add;\nsetp.ne.b32 add, %66, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {" EINFALL_SUMS_128
        "}, %64, %65, add, 1, 1, 0, 0;\n}"
        : EINFALL_SUMS_128_IN_OUT
        : "l"(a), "l"(b), "r"(add ? 1 : 0));
}

/// The same of e4m3 for 32 numbers a row: b (128 x 32) in rows; there is no other way for them.
template <>
__device__ __forceinline__ void multiply_rows_128<E4m3>(float (&d)[16][4], std::uint64_t a,
                                                        std::uint64_t b, bool add) {
  asm volatile(
      "{\n.reg .pred add;\nsetp.ne.b32 add, %66, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k32.f32.e4m3.e4m3 {" EINFALL_SUMS_128
      "}, %64, %65, add, 1, 1;\n}"
      : EINFALL_SUMS_128_IN_OUT
      : "l"(a), "l"(b), "r"(add ? 1 : 0));
}
/// d (64 x 128) += a b^T of e4m3: a (64 x 32) in registers as for mma.sync, b (128 x 32) in rows.
__device__ __forceinline__ void multiply_eight_bits_128(float (&d)[16][4],
                                                        const std::uint32_t (&a)[4],
                                                        std::uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k32.f32.e4m3.e4m3 {" EINFALL_SUMS_128
               "}, {%64, %65, %66, %67}, %68, 1, 1, 1;"
               : EINFALL_SUMS_128_IN_OUT
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

/// d (64 x 64), added to or overwritten: a (64 x 16) and b (64 x 16) in rows in shared memory.
template <class T>
__device__ __forceinline__ void multiply_rows_64(float (&d)[8][4], std::uint64_t a, std::uint64_t b,
                                                 bool add) {
  if constexpr (std::is_same_v<T, Bf16>)
    asm volatile(
        "{\n.reg .pred add;\nsetp.ne.b32 add, %34, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {" EINFALL_SUMS_64
        "}, %32, %33, add, 1, 1, 0, 0;\n}"
        : EINFALL_SUMS_64_IN_OUT
        : "l"(a), "l"(b), "r"(add ? 1 : 0));
  else
    asm volatile(
        "{\n.reg .pred add;\nsetp.ne.b32 add, %34, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {" EINFALL_SUMS_64
        "}, %32, %33, add, 1, 1, 0, 0;\n}"
        : EINFALL_SUMS_64_IN_OUT
        : "l"(a), "l"(b), "r"(add ? 1 : 0));
}

/// d (64 x 128) += a b: a (64 x 16) in registers as for mma.sync, b (16 x 128) in rows.
template <class T>
__device__ __forceinline__ void multiply_columns_128(float (&d)[16][4], const std::uint32_t (&a)[4],
                                                     std::uint64_t b) {
  if constexpr (std::is_same_v<T, Bf16>)
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {" EINFALL_SUMS_128
                 "}, {%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
                 : EINFALL_SUMS_128_IN_OUT
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
  else
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {" EINFALL_SUMS_128
                 "}, {%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
                 : EINFALL_SUMS_128_IN_OUT
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

/// d (64 x 64) += a b: the same with b (16 x 64).
template <class T>
__device__ __forceinline__ void multiply_columns_64(float (&d)[8][4], const std::uint32_t (&a)[4],
                                                    std::uint64_t b) {
  if constexpr (std::is_same_v<T, Bf16>)
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {" EINFALL_SUMS_64
                 "}, {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
                 : EINFALL_SUMS_64_IN_OUT
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
  else
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {" EINFALL_SUMS_64
                 "}, {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
                 : EINFALL_SUMS_64_IN_OUT
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

/// d (64 x 256) += a b: the same with b (16 x 256).
template <class T>
__device__ __forceinline__ void multiply_columns_256(float (&d)[32][4], const std::uint32_t (&a)[4],
                                                     std::uint64_t b) {
  if constexpr (std::is_same_v<T, Bf16>)
    asm volatile("wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {" EINFALL_SUMS_256
                 "}, {%128, %129, %130, %131}, %132, 1, 1, 1, 1;"
                 : EINFALL_SUMS_256_IN_OUT
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
  else
    asm volatile("wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {" EINFALL_SUMS_256
                 "}, {%128, %129, %130, %131}, %132, 1, 1, 1, 1;"
                 : EINFALL_SUMS_256_IN_OUT
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

}  // namespace einfall::gpu_ref

#undef EINFALL_FOUR
#undef EINFALL_SUMS_64_IN_OUT
#undef EINFALL_SUMS_128_IN_OUT
#undef EINFALL_SUMS_256_IN_OUT
#undef EINFALL_SUMS_64
#undef EINFALL_SUMS_128
#undef EINFALL_SUMS_256
