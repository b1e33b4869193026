#pragma once

#include <optional>
#include <vector>

#include "einsum/eval/program.hpp"
#include "einsum/eval/strip_reader.hpp"

namespace einfall::einsum::eval {

/// One loop of a contraction with its steps in the two factors and the result (0: not there).
struct ContractionLoop {
  std::int64_t extent = 1;
  std::int64_t a = 0, b = 0, out = 0;
};

/// out[batch, m, n] = sum over k of a[batch, m, k] * b[batch, k, n].
struct Contraction {
  TensorId a, b;
  std::int64_t a_base = 0, b_base = 0, out_base = 0;
  std::vector<ContractionLoop> batch, m, n, k;
};

/// The Einsum as batched matrix products, if it is a plain sum of the products of two affine
/// accesses without a mask or an absent point, and large enough to gain by it.
[[nodiscard]] std::optional<Contraction> as_contraction(const LoweringContext& context,
                                                        const Einsum& einsum);

/// Runs it with Eigen. Sums are in Eigen's order: they may differ from strips in the last bits.
template <class T>
void contract(const Contraction& contraction, const T* a, const T* b, T* out);

}  // namespace einfall::einsum::eval
