#include "einsum/eval/fused_sums.hpp"

#include "einsum/eval/fused_sums_body.hpp"

namespace einfall::einsum::eval {

void add_fused_products_avx2(double* sums, Operand<double> a, Operand<double> b, std::size_t n);

void add_fused_products(double* sums, Operand<double> a, Operand<double> b, std::size_t n) {
#if defined(__x86_64__)
  static const bool fast =
      __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  if (fast) return add_fused_products_avx2(sums, a, b, n);
#endif
  add_all_products(sums, a, b, n);
}

}  // namespace einfall::einsum::eval
