#pragma once

#include <set>
#include <vector>

#include "base/units.hpp"
#include "einsum/analysis/forms.hpp"
#include "einsum/analysis/product_traffic.hpp"

namespace einfall::einsum {

/// Two operands of one Einsum whose elements must lie in the buffer together for every product:
/// those of a row of K (one m) and of one of Q (one p) for every score. A row is the stretch that
/// the Einsum contracts. Each operand is an input, or made from one element by element.
struct Meeting {
  OperandForms first, second;
  TensorId result;
  Product product;
  ProductTraffic traffic;
  double once = 0;         // bytes of the elements of both, each read once in its narrowest form
  std::set<RankId> outer;  // ranks of a visit
};

/// Meetings without common tensors, forms included, those that force most reads first.
[[nodiscard]] std::vector<Meeting> meetings(const Flow& flow, const Sizes& sizes,
                                            const Needed& needed, base::Bytes capacity);

}  // namespace einfall::einsum
