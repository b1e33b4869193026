#pragma once

#include <cstddef>

#include "sim/array/isa.hpp"

namespace einfall::sim {

/// One instruction on n PEs in plain fp32: out[i] = op(a[i], b[i], c[i]). Operands that the
/// operation has not may be null; `out` may be one of them. `scale`: the scale registers, for the
/// steps of exp only. The same bits as Arithmetic (NaNs count as equal), without narrowing.
struct KernelArguments {
  float* out = nullptr;
  const float* a = nullptr;
  const float* b = nullptr;
  const float* c = nullptr;
  float* scale = nullptr;
  std::size_t n = 0;
};
using Kernel = void (*)(Op, const KernelArguments&);

/// Chosen once by what the processor has.
[[nodiscard]] Kernel fastest_kernel();

void run_baseline(Op op, const KernelArguments& arguments);
/// Precondition: the processor has AVX2 and FMA.
void run_avx2(Op op, const KernelArguments& arguments);
[[nodiscard]] bool has_avx2();

}  // namespace einfall::sim
