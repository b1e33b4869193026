#pragma once

#include <cmath>

#include "einsum/eval/fused_sums.hpp"

/// The same loops, compiled once for every instruction set.
namespace einfall::einsum::eval {
namespace {

template <bool ScalarA, bool ScalarB>
void add_products(double* sums, const double* a, const double* b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    sums[i] = std::fma(static_cast<float>(a[ScalarA ? 0 : i]),
                       static_cast<float>(b[ScalarB ? 0 : i]), static_cast<float>(sums[i]));
}

void add_all_products(double* sums, Operand<double> a, Operand<double> b, std::size_t n) {
  if (a.scalar && b.scalar) return add_products<true, true>(sums, a.data, b.data, n);
  if (a.scalar) return add_products<true, false>(sums, a.data, b.data, n);
  if (b.scalar) return add_products<false, true>(sums, a.data, b.data, n);
  return add_products<false, false>(sums, a.data, b.data, n);
}

}  // namespace
}  // namespace einfall::einsum::eval
