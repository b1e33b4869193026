#include "gpu_ref/executor/warp_operations.hpp"

#include <array>

#include "gpu_ref/executor/block.hpp"
#include "gpu_ref/host/convert.hpp"

namespace einfall::gpu_ref::executor {
namespace {

constexpr int kLanes = Block::kWarp;
using Lanes = std::array<void*, kLanes>;

template <class T>
T& operands_of(const Lanes& lanes, int lane) {
  return *static_cast<T*>(lanes[static_cast<std::size_t>(lane)]);
}

// ---- ldmatrix

struct Matrices {
  std::uint32_t (&r)[4];
  std::uint32_t row;
};

template <bool Transposed>
void compute_matrices(Block& block, const Lanes& lanes, Site site) {
  ++block.count().ldmatrix;
  const unsigned first = block.thread() / kLanes * kLanes;
  std::uint16_t rows[kLanes][8];
  for (int lane = 0; lane < kLanes; ++lane)
    block.read_shared_as(first + static_cast<unsigned>(lane),
                         operands_of<Matrices>(lanes, lane).row, sizeof rows[lane], rows[lane],
                         site);
  for (int lane = 0; lane < kLanes; ++lane)
    for (int j = 0; j < 4; ++j) {
      const int major = lane / 4, minor = 2 * (lane % 4);
      const std::uint32_t low =
          Transposed ? rows[8 * j + minor][major] : rows[8 * j + major][minor];
      const std::uint32_t high =
          Transposed ? rows[8 * j + minor + 1][major] : rows[8 * j + major][minor + 1];
      operands_of<Matrices>(lanes, lane).r[j] = low | (high << 16);
    }
}

// ---- mma: K elements, `PerWord` of them in a register; Element takes one out of a word.

template <class Sum>
struct Mma {
  Sum (&d)[4];
  const std::uint32_t (&a)[4];
  std::uint32_t b[2];
};

template <class Sum, class Wide, int PerWord, auto Element>
void compute_mma(Block& block, const Lanes& lanes, Site) {
  constexpr int kDepth = 8 * PerWord, kHalf = kDepth / 2;
  ++block.count().mma;
  Wide a[16][kDepth], b[8][kDepth];
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto& mine = operands_of<Mma<Sum>>(lanes, lane);
    const int g = lane / 4, k = PerWord * (lane % 4);
    for (int e = 0; e < PerWord; ++e) {
      a[g][k + e] = Element(mine.a[0], e);
      a[g + 8][k + e] = Element(mine.a[1], e);
      a[g][kHalf + k + e] = Element(mine.a[2], e);
      a[g + 8][kHalf + k + e] = Element(mine.a[3], e);
      b[g][k + e] = Element(mine.b[0], e);
      b[g][kHalf + k + e] = Element(mine.b[1], e);
    }
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    auto& mine = operands_of<Mma<Sum>>(lanes, lane);
    for (int i = 0; i < 4; ++i) {
      const Wide* row = a[lane / 4 + 8 * (i / 2)];
      const Wide* column = b[2 * (lane % 4) + i % 2];
      auto sum = static_cast<Wide>(mine.d[i]);
      for (int k = 0; k < kDepth; ++k) sum += row[k] * column[k];
      mine.d[i] = static_cast<Sum>(sum);
    }
  }
}

template <class T>
double half_of(std::uint32_t word, int e) {
  return value_of(T{static_cast<std::uint16_t>(word >> (16 * e))});
}
double e4m3_of(std::uint32_t word, int e) {
  return value_of(E4m3{static_cast<std::uint8_t>(word >> (8 * e))});
}
std::int32_t s8_of(std::uint32_t word, int e) { return static_cast<std::int8_t>(word >> (8 * e)); }

// ---- shuffles

struct Shuffle {
  std::uint32_t value;
  int source;
  std::uint32_t result;
};

void compute_shuffle(Block& block, const Lanes& lanes, Site) {
  ++block.count().shuffles;
  for (int lane = 0; lane < kLanes; ++lane) {
    auto& mine = operands_of<Shuffle>(lanes, lane);
    mine.result = operands_of<Shuffle>(lanes, mine.source % kLanes).value;
  }
}

}  // namespace

void load_matrices(std::uint32_t (&r)[4], std::uint32_t row_offset, bool transposed, Site site) {
  Matrices operands{r, row_offset};
  Block::current().collective("ldmatrix", &operands,
                              transposed ? compute_matrices<true> : compute_matrices<false>, site);
}

template <class T>
void mma_16x8x16(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                 Site site) {
  Mma<float> operands{d, a, {b0, b1}};
  Block::current().collective("mma", &operands, compute_mma<float, double, 2, half_of<T>>, site);
}
template void mma_16x8x16<Bf16>(float (&)[4], const std::uint32_t (&)[4], std::uint32_t,
                                std::uint32_t, Site);
template void mma_16x8x16<Fp16>(float (&)[4], const std::uint32_t (&)[4], std::uint32_t,
                                std::uint32_t, Site);

void mma_16x8x32_s8(int (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                    Site site) {
  Mma<int> operands{d, a, {b0, b1}};
  Block::current().collective("mma.s8", &operands, compute_mma<int, std::int32_t, 4, s8_of>, site);
}
void mma_16x8x32_e4m3(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                      std::uint32_t b1, Site site) {
  Mma<float> operands{d, a, {b0, b1}};
  Block::current().collective("mma.e4m3", &operands, compute_mma<float, double, 4, e4m3_of>, site);
}

std::uint32_t shuffle(std::uint32_t value, int source, Site site) {
  Shuffle operands{value, source, 0};
  Block::current().collective("shuffle", &operands, compute_shuffle, site);
  return operands.result;
}
std::uint32_t shuffle_xor(std::uint32_t value, int mask, Site site) {
  const int lane = static_cast<int>(Block::current().thread()) % kLanes;
  return shuffle(value, lane ^ mask, site);
}

}  // namespace einfall::gpu_ref::executor
