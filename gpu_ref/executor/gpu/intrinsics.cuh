#pragma once

// The intrinsics of the kernels on the CPU executor. device/gpu/intrinsics.cuh has the same names
// for the GPU; which of the two a kernel gets is the include path's choice alone. What each does is
// described here; how the executor checks it, in executor/block.hpp.

#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "gpu_ref/executor/block.hpp"
#include "gpu_ref/executor/warp_operations.hpp"
#include "gpu_ref/formats.cuh"
#include "gpu_ref/host/convert.hpp"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__

namespace einfall::gpu_ref {

using executor::Block;
using executor::Site;

/// The line that calls the function which has this as its last, defaulted argument.
constexpr Site here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return {file, line};
}

/// threadIdx.x and its kin, read from the block that runs.
template <unsigned (*Read)()>
struct Special {
  operator unsigned() const { return Read(); }
};
inline unsigned read_thread() { return Block::current().thread(); }
inline unsigned read_threads() { return Block::current().threads(); }
template <bool Grid, unsigned executor::Dim::*Member>
unsigned read_dim() {
  return (Grid ? Block::current().grid() : Block::current().index()).*Member;
}
struct ThreadIndex {
  Special<read_thread> x;
};
struct ThreadCount {
  Special<read_threads> x;
};
template <bool Grid>
struct BlockDimension {
  Special<read_dim<Grid, &executor::Dim::x>> x;
  Special<read_dim<Grid, &executor::Dim::y>> y;
  Special<read_dim<Grid, &executor::Dim::z>> z;
};
inline constexpr ThreadIndex threadIdx{};
inline constexpr ThreadCount blockDim{};
inline constexpr BlockDimension<false> blockIdx{};
inline constexpr BlockDimension<true> gridDim{};

inline void __syncthreads(Site site = here()) { Block::current().barrier(site); }
inline void __syncwarp(Site site = here()) { Block::current().sync_warp(site); }
/// Blocks run one after another: what one has written, the next sees.
inline void __threadfence() {}

/// Numbers of type T in the block's shared memory from a byte offset on.
template <class T>
class Shared {
 public:
  explicit Shared(std::uint32_t offset) : offset_(offset) {}
  T get(int i, Site site = here()) const {
    T value;
    Block::current().read_shared(byte(i), sizeof(T), &value, site);
    return value;
  }
  void set(int i, T value, Site site = here()) const {
    Block::current().write_shared(byte(i), sizeof(T), &value, site);
  }
  Shared from(int i) const { return Shared(static_cast<std::uint32_t>(byte(i))); }
  template <class U>
  Shared<U> as() const {
    return Shared<U>(offset_);
  }
  std::uint32_t offset() const { return offset_; }

 private:
  std::size_t byte(int i) const {  // a negative index becomes an offset far out of bounds
    return offset_ + static_cast<std::size_t>(static_cast<std::int64_t>(i)) * sizeof(T);
  }
  std::uint32_t offset_;
};
template <class T>
Shared<T> shared_at(std::uint32_t byte_offset) {
  return Shared<T>(byte_offset);
}

/// x, but the compiler does not know it: what is computed from it is not kept in registers across
/// the iterations of a loop.
inline int opaque(int x) { return x; }

template <class T>
T load_global(const T* from, Site site = here()) {
  Block::current().read_global(from, sizeof(T), site);
  return *from;
}
template <class T>
void store_global(T* to, T value, Site site = here()) {
  Block::current().write_global(to, sizeof(T), site);
  *to = value;
}
/// Adds and returns what was there before.
inline unsigned atomic_add(unsigned* to, unsigned value, Site site = here()) {
  Block::current().write_global(to, sizeof(unsigned), site);
  return std::exchange(*to, *to + value);
}

/// 16 bytes from global to shared memory, or 16 zero bytes if not `valid`, done some time between
/// now and the wait for the group. Nobody may touch the destination in between.
template <class T>
void copy_async(Shared<T> to, const T* from, bool valid, Site site = here()) {
  Block::current().copy(to.offset(), valid ? from : nullptr, site);
}
/// The calling thread's copies since the last commit become a group.
inline void commit_copies() { Block::current().commit_copies(); }
/// Until at most `Left` of the calling thread's groups are not done. Other threads may read what
/// was copied after a barrier only.
template <int Left>
void wait_copies() {
  Block::current().wait_copies(Left);
}

/// Four 8x8 matrices of 16-bit elements. Lane i gives the address of row i % 8 of matrix i / 8 and
/// gets, of matrix j in r[j], the elements (lane / 4, 2 (lane % 4)) and the next one of that row;
/// transposed: (2 (lane % 4), lane / 4) and the next one of that column.
template <class T>
void load_matrices(std::uint32_t (&r)[4], Shared<T> row, Site site = here()) {
  executor::load_matrices(r, row.offset(), false, site);
}
template <class T>
void load_matrices_transposed(std::uint32_t (&r)[4], Shared<T> row, Site site = here()) {
  executor::load_matrices(r, row.offset(), true, site);
}

/// d += a b for a 16x16, b 16x8, d 16x8 in fp32. With g = lane / 4 and t = lane % 4: d[0], d[1] =
/// (g, 2t), (g, 2t+1) and d[2], d[3] the same in row g+8; a[0] = (g, 2t..), a[1] = (g+8, 2t..),
/// a[2] = (g, 2t+8..), a[3] = (g+8, 2t+8..); b0 = (2t.., g), b1 = (2t+8.., g).
/// Executor: the 16 products and the old d are summed in fp64 in the order of k and rounded once.
template <class T>
void mma_16x8x16(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                 Site site = here()) {
  executor::mma_16x8x16<T>(d, a, b0, b1, site);
}
/// The same for 8-bit numbers with k = 32, four to a register: a[0] = (g, 4t..), a[1] = (g+8,
/// 4t..), a[2] = (g, 4t+16..), a[3] = (g+8, 4t+16..); b0 = (4t.., g), b1 = (4t+16.., g).
inline void mma_16x8x32_s8(int (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                           std::uint32_t b1, Site site = here()) {
  executor::mma_16x8x32_s8(d, a, b0, b1, site);
}
inline void mma_16x8x32_e4m3(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                             std::uint32_t b1, Site site = here()) {
  executor::mma_16x8x32_e4m3(d, a, b0, b1, site);
}

/// The value of the lane whose number differs in the bits of `mask`.
inline float shuffle_xor(float value, int mask, Site site = here()) {
  return std::bit_cast<float>(
      executor::shuffle_xor(std::bit_cast<std::uint32_t>(value), mask, site));
}
/// The value of lane `source`.
inline std::uint32_t shuffle(std::uint32_t value, int source, Site site = here()) {
  return executor::shuffle(value, source, site);
}

/// 2^x; the GPU's is ex2.approx.ftz, within 2 units in the last place.
inline float exp2_fast(float x) {
  ++Block::current().count().exps;
  return std::exp2(x);
}

/// Two numbers rounded to nearest even, the first in the low half.
template <class T>
std::uint32_t pack(float low, float high) {
  return rounded<T>(static_cast<double>(low)).bits |
         (static_cast<std::uint32_t>(rounded<T>(static_cast<double>(high)).bits) << 16);
}
/// Four numbers rounded to e4m3, saturating, the first in the low byte.
inline std::uint32_t pack_e4m3(float a, float b, float c, float d) {
  std::uint32_t word = 0;
  for (const float x : {d, c, b, a})
    word = (word << 8) | rounded<E4m3>(static_cast<double>(x)).bits;
  return word;
}
template <class T>
float low_of(std::uint32_t packed) {
  return static_cast<float>(value_of(T{static_cast<std::uint16_t>(packed & 0xffffU)}));
}
template <class T>
float high_of(std::uint32_t packed) {
  return static_cast<float>(value_of(T{static_cast<std::uint16_t>(packed >> 16)}));
}
template <class T>
T narrow(float value) {
  return rounded<T>(static_cast<double>(value));
}
template <class T>
float widen(T value) {
  return static_cast<float>(value_of(value));
}

}  // namespace einfall::gpu_ref
