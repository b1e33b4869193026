#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "einsum/eval/evaluate.hpp"

namespace einfall::einsum {

/// The size of a tensor's values, over its points that are present and finite.
struct Magnitude {
  std::int64_t points = 0;
  std::int64_t present = 0;
  std::int64_t nan = 0;
  std::int64_t infinite = 0;
  double rms = 0;
  double max_abs = 0;
};
[[nodiscard]] Magnitude magnitude(const DenseTensor<double>& tensor);

/// How far two tensors of the same shape are apart.
struct Deviation {
  /// Points that cannot be compared: present in one only, NaN in one only, infinite in one only or
  /// of different sign there. They are left out of the three numbers below.
  std::int64_t unlike = 0;
  std::int64_t not_finite = 0;  // points NaN in both, or the same infinity: they say nothing
  std::int64_t finite = 0;      // points that the three numbers below are about
  double rms = 0;               // root of the mean square of the differences
  double max_abs = 0;           // largest difference
  /// Largest of |a - b| / max(|a|, |b|, s), where s is the larger root mean square of the two
  /// tensors: a point that cancelled to nearly nothing is measured by what its tensor is made of.
  double max_rel = 0;
  /// Flat index of the first unlike point, else of the largest relative difference if there is any.
  std::optional<std::size_t> worst;
};
/// Precondition: equal shapes.
[[nodiscard]] Deviation deviation(const DenseTensor<double>& a, const DenseTensor<double>& b);

}  // namespace einfall::einsum
