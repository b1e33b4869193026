#pragma once

#include <vector>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Points of an Einsum's iteration space that carry work.
struct PointCount {
  std::int64_t count = 0;
  bool exact = true;  // false: at most so many (a mask depends on data, or was too hard to count)
  bool operator==(const PointCount&) const = default;
};

/// Present points of one Einsum, or of all (by EinsumId), for concrete sizes. Affine masks are
/// counted exactly whatever the sizes, without enumeration; gathers, bool tensors and lengths count
/// as fulfilled. Errors: E503 more than 2^63 - 1 points; those of `dependence_graph`.
[[nodiscard]] base::Result<PointCount> points(const Cascade& cascade, EinsumId einsum,
                                              const Sizes& sizes);
[[nodiscard]] base::Result<std::vector<PointCount>> points(const Cascade& cascade,
                                                           const Sizes& sizes);

}  // namespace einfall::einsum
