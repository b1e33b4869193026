#pragma once

#include <string>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// One operator of an Einsum, counted per point of the iteration space.
/// Names are those machines give costs for: mul add sub div max min exp log sqrt ... neg compare
/// select convert, "mac" for a product summed at the root, and the reduction operators (add, max,
/// min, mul) for other reductions. topk/argtopk/argmax count one "compare" a point. sq is a mul,
/// relu a max, max of n arguments n-1 of them; an opaque function is as many mac as its `cost`
/// says, or an operator of its own name where it says none.
struct Operation {
  std::string op;
  std::int64_t count = 1;
  /// Combines a point into the result at the root (mac included), once per reduced point.
  bool reduction = false;
  bool operator==(const Operation&) const = default;
};

/// Operators per point in evaluation order, equal ones merged. Shared subexpressions count once;
/// `x ?? v`, index arithmetic and conditions count nothing; exp(a - b) is a sub and an exp.
/// Constants times constants are folded. A product that only feeds the sum at the root is one
/// "mac" (the multiply and the add together).
[[nodiscard]] std::vector<Operation> operations(const Cascade& cascade, const Einsum& einsum);

}  // namespace einfall::einsum
