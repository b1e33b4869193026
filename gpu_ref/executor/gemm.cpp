#include "gpu_ref/host/gemm.hpp"

#include "gpu_ref/host/convert.hpp"

namespace einfall::gpu_ref {
namespace {

/// Sums in fp64 in the order of the depth, rounded to fp32 and then to C's format.
class LoopGemm : public Gemm {
 public:
  void multiply(Stream&, const GemmCall& call) override {
    if (call.format == Format::kBf16) multiply_as<Bf16>(call);
    if (call.format == Format::kFp16) multiply_as<Fp16>(call);
  }

 private:
  template <class T>
  static void multiply_as(const GemmCall& call) {
    for (int m = 0; m < call.batch; ++m) {
      const T* const a = static_cast<const T*>(call.a) + m * call.a_stride;
      const T* const b = static_cast<const T*>(call.b) + m * call.b_stride;
      for (int i = 0; i < call.rows; ++i)
        for (int j = 0; j < call.columns; ++j) {
          double sum = 0;
          for (int k = 0; k < call.depth; ++k)
            sum += value_of(a[i * call.a_ld + k]) *
                   value_of(call.b_transposed ? b[j * call.b_ld + k] : b[k * call.b_ld + j]);
          const auto rounded_sum = static_cast<float>(sum);
          const std::int64_t at = m * call.c_stride + i * call.c_ld + j;
          if (call.c_fp32)
            static_cast<float*>(call.c)[at] = rounded_sum;
          else
            static_cast<T*>(call.c)[at] = rounded<T>(static_cast<double>(rounded_sum));
        }
    }
  }
};

}  // namespace

std::unique_ptr<Gemm> make_gemm() { return std::make_unique<LoopGemm>(); }

}  // namespace einfall::gpu_ref
