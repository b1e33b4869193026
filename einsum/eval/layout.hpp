#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum::eval {

/// How one tensor lies in memory: row-major, the last rank contiguous.
struct Layout {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::int64_t points = 1;

  /// "[2, 0, 5]": the coordinates of a flat position.
  [[nodiscard]] std::string coordinates(std::int64_t flat) const;
};

/// The layouts of all tensors, by TensorId. Error E601 if, at `bytes_per_point` each, they need
/// more than `max_bytes` together; computed before anything is allocated and safe against overflow.
[[nodiscard]] base::Result<std::vector<Layout>> layouts(const Cascade& cascade, const Sizes& sizes,
                                                        std::int64_t bytes_per_point,
                                                        std::int64_t max_bytes);

}  // namespace einfall::einsum::eval
