#pragma once

#include <cstdint>
#include <optional>

#include "einsum/eval/program.hpp"

namespace einfall::einsum::eval {

/// A factor that is the same for a whole strip, or lies contiguous along it.
struct PlainFactor {
  std::uint32_t access = 0;
  bool scalar = false;
};
struct PlainProduct {
  PlainFactor a, b;
};

/// The factors of a sum of products with no absent point, no condition and both factors straight
/// from tensors: strips of it need an address a factor and nothing else. Across the strip only.
[[nodiscard]] std::optional<PlainProduct> plain_product(const Program& program);

}  // namespace einfall::einsum::eval
