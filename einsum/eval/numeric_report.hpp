#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "einsum/eval/evaluate.hpp"

namespace einfall::einsum {

/// What storage and arithmetic in few bits did to one tensor, against the reference values. Points
/// are compared where both runs have a value.
struct NumericReport {
  std::string tensor;
  DataType type = DataType::kFp64;  // of its storage
  std::int64_t points = 0;          // compared
  double max_abs = 0;               // largest |got - reference|, finite pairs
  double rms = 0;                   // root mean square of those differences
  /// Largest difference in units in the last place of the storage type at the reference value
  /// (whole numbers: units of 1).
  double max_ulps = 0;
  std::int64_t overflows = 0;   // a number in the reference, beyond the type or infinite here
  std::int64_t underflows = 0;  // not zero in the reference, zero here
  std::int64_t nans = 0;        // NaN here, a number in the reference
  std::int64_t presence = 0;    // present in one run only
  /// Coordinates of the first overflow, NaN or difference in presence in row-major order.
  std::optional<std::vector<std::int64_t>> first_offender;
};

/// One report a tensor, in the cascade's order. Precondition: both maps are results of evaluating
/// this cascade with the same sizes and inputs.
[[nodiscard]] std::vector<NumericReport> numeric_reports(const Cascade& cascade,
                                                         const TensorMap<double>& bit_true,
                                                         const TensorMap<double>& reference);

}  // namespace einfall::einsum
