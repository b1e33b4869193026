#pragma once

#include <cstdint>
#include <memory>

#include "gpu_ref/host/problem.hpp"

namespace einfall::gpu_ref {

/// C = A B, or A B^T, for `batch` matrices in rows; fp32 sums. Strides are in numbers: from row to
/// row (ld) and from matrix to matrix, where 0 uses one matrix for all.
struct GemmCall {
  Format format = Format::kBf16;  // of A and B, 16 bits
  int rows = 0, columns = 0, depth = 0, batch = 1;
  const void* a = nullptr;  // rows x depth
  std::int64_t a_ld = 0, a_stride = 0;
  const void* b = nullptr;  // depth x columns, or columns x depth if transposed
  std::int64_t b_ld = 0, b_stride = 0;
  bool b_transposed = false;
  void* c = nullptr;  // rows x columns
  std::int64_t c_ld = 0, c_stride = 0;
  bool c_fp32 = false;  // else the format of A and B
};

/// Matrix products from a library: K1 is what a framework does with cuBLAS.
class Gemm {
 public:
  virtual ~Gemm() = default;
  virtual void multiply(Stream& stream, const GemmCall& call) = 0;
};
/// cuBLAS on the GPU (device/gemm.cu), loops on the CPU executor (executor/gemm.cpp).
[[nodiscard]] std::unique_ptr<Gemm> make_gemm();

}  // namespace einfall::gpu_ref
