#include "einsum/eval/fused_sums_body.hpp"

namespace einfall::einsum::eval {

/// Precondition: the processor has AVX2 and FMA.
void add_fused_products_avx2(double* sums, Operand<double> a, Operand<double> b, std::size_t n) {
  add_all_products(sums, a, b, n);
}

}  // namespace einfall::einsum::eval
