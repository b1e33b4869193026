#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "einsum/analysis/levels.hpp"
#include "einsum/analysis/unrolled.hpp"

namespace einfall::einsum {

/// The solution of a level problem for loops that are written out, as numbers.
struct StepLevels {
  std::vector<std::int64_t> last;  // by Einsum, in its last step
  std::int64_t most = 0;           // of all instances
  /// By Einsum, the edge that set the level in its first and in its last step, from the leaf's
  /// slice that has the highest level.
  std::vector<std::optional<std::size_t>> via_first, via_last;
};

/// Complexity: linear in the edges between instances; for a leaf that is read or begun slice by
/// slice, times the slices that are not settled by earlier ones.
[[nodiscard]] StepLevels step_levels(const LevelProblem& problem, const Unrolled& unrolled);

}  // namespace einfall::einsum
