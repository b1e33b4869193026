#include <cublas_v2.h>

#include "gpu_ref/host/gemm.hpp"

namespace einfall::gpu_ref {
namespace {

/// cuBLAS knows columns only: C = A B in rows is C^T = B^T A^T in columns.
class CublasGemm : public Gemm {
 public:
  CublasGemm() : status_(cublasCreate(&handle_)) {}
  CublasGemm(const CublasGemm&) = delete;
  ~CublasGemm() override {
    if (status_ == CUBLAS_STATUS_SUCCESS) cublasDestroy(handle_);
  }

  void multiply(Stream& stream, const GemmCall& call) override {
    if (status_ == CUBLAS_STATUS_SUCCESS) status_ = cublasSetStream(handle_, stream.handle());
    const cudaDataType type = call.format == Format::kBf16 ? CUDA_R_16BF : CUDA_R_16F;
    const float one = 1, zero = 0;
    if (status_ == CUBLAS_STATUS_SUCCESS)
      status_ = cublasGemmStridedBatchedEx(
          handle_, call.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N, CUBLAS_OP_N, call.columns,
          call.rows, call.depth, &one, call.b, type, static_cast<int>(call.b_ld), call.b_stride,
          call.a, type, static_cast<int>(call.a_ld), call.a_stride, &zero, call.c,
          call.c_fp32 ? CUDA_R_32F : type, static_cast<int>(call.c_ld), call.c_stride, call.batch,
          CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
    if (status_ != CUBLAS_STATUS_SUCCESS)
      stream.keep(std::string("cuBLAS: ") + cublasGetStatusString(status_));
  }

 private:
  cublasHandle_t handle_ = nullptr;
  cublasStatus_t status_;
};

}  // namespace

std::unique_ptr<Gemm> make_gemm() { return std::make_unique<CublasGemm>(); }

}  // namespace einfall::gpu_ref
