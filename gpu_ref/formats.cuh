#pragma once

#include <cstdint>

/// The 16- and 8-bit numbers of the kernels as they lie in memory, the same on both sides. Their
/// arithmetic is that of the intrinsics; conversions on the host stand in host/convert.hpp.
namespace einfall::gpu_ref {

struct Bf16 {
  std::uint16_t bits;
};
struct Fp16 {
  std::uint16_t bits;
};
struct E4m3 {
  std::uint8_t bits;
};

/// `N` numbers moved in one access.
template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  T values[N];
};

}  // namespace einfall::gpu_ref
