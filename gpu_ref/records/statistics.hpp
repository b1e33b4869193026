#pragma once

#include <vector>

namespace einfall::gpu_ref::records {

/// The value below which the share `q` (0 to 1) of the values lies, between neighbours on a
/// straight line; 0 of no values.
[[nodiscard]] double quantile(std::vector<double> values, double q);

}  // namespace einfall::gpu_ref::records
