#pragma once

#include <cstdint>

#include "gpu_ref/executor/finding.hpp"
#include "gpu_ref/formats.cuh"

/// What a warp does as one, for the running thread of Block::current(): its operands wait until all
/// 32 lanes have arrived, then the results of all are computed. The layouts are those of PTX and
/// described in executor/gpu/intrinsics.cuh.
namespace einfall::gpu_ref::executor {

void load_matrices(std::uint32_t (&r)[4], std::uint32_t row_offset, bool transposed, Site site);

template <class T>  // Bf16, Fp16
void mma_16x8x16(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                 Site site);
extern template void mma_16x8x16<Bf16>(float (&)[4], const std::uint32_t (&)[4], std::uint32_t,
                                       std::uint32_t, Site);
extern template void mma_16x8x16<Fp16>(float (&)[4], const std::uint32_t (&)[4], std::uint32_t,
                                       std::uint32_t, Site);
void mma_16x8x32_s8(int (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                    Site site);
void mma_16x8x32_e4m3(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                      std::uint32_t b1, Site site);

[[nodiscard]] std::uint32_t shuffle_xor(std::uint32_t value, int mask, Site site);
/// Precondition: 0 <= source < 32; every lane may ask for another.
[[nodiscard]] std::uint32_t shuffle(std::uint32_t value, int source, Site site);

}  // namespace einfall::gpu_ref::executor
