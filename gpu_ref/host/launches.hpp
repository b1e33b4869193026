#pragma once

#include "gpu_ref/host/problem.hpp"

/// The kernels one by one, and what their entries share.
namespace einfall::gpu_ref {

[[nodiscard]] Kernel k1_unfused();
[[nodiscard]] Kernel k2_two_pass();
[[nodiscard]] Kernel k2_three_pass();
[[nodiscard]] Kernel k3_one_pass();
[[nodiscard]] std::vector<Kernel> k5_decode();  // split and stream, 1 to 3 passes
[[nodiscard]] Kernel k6_linear_chunk();
[[nodiscard]] Kernel k7_block_sparse();
[[nodiscard]] std::vector<Kernel> k8_eight_bits();  // int8, e4m3
[[nodiscard]] std::vector<Kernel> k9_softmax();     // 3 forms
/// K4, and K8 on its ground, without a `run`: that is in device/, as they exist on the GPU only.
[[nodiscard]] std::vector<Kernel> k4_unlaunched();

inline std::size_t no_bytes(const Problem&) { return 0; }

/// Costs of K2 (2, 3 passes) and K3 (1 pass): QK once a pass, exps once a pass but not in a pass
/// for maxima only; corrections of the running maximum, one a row and tile, are not in `exps`.
[[nodiscard]] Costs query_tile_costs(const Problem& problem, int passes);
/// Rows of queries in a block, as in QueryBlock.
inline constexpr int kQueryRows = 128;
inline constexpr int kKeyColumns = 64;

}  // namespace einfall::gpu_ref
