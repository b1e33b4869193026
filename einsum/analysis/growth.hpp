#pragma once

#include <cstdint>
#include <vector>

#include "einsum/analysis/symbolic_count.hpp"

namespace einfall::einsum {

/// Growth of a level over the steps of a loop.
struct Growth {
  std::int64_t steps = 0;  // added per step
  bool exact = true;       // false: rounded up, or no period was found
};

/// Growth of the values at steps 0, 1, 2, ... of one statement. Levels of unrolled loops are
/// max-plus linear, so their increments become periodic; the growth is taken over the last two
/// periods. Precondition: at least two values.
[[nodiscard]] Growth growth_of(const std::vector<SymbolicCount>& values);

}  // namespace einfall::einsum
