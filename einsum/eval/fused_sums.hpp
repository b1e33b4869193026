#pragma once

#include <cstddef>

#include "einsum/eval/strip_kernels.hpp"

namespace einfall::einsum::eval {

/// sums[i] = a[i] * b[i] + sums[i] for n lanes, in fp32 and rounded once. All values are fp32
/// numbers.
void add_fused_products(double* sums, Operand<double> a, Operand<double> b, std::size_t n);

}  // namespace einfall::einsum::eval
