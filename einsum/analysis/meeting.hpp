#pragma once

#include <set>
#include <vector>

#include "base/units.hpp"
#include "einsum/analysis/flow.hpp"
#include "einsum/analysis/product_traffic.hpp"
#include "einsum/analysis/region.hpp"

namespace einfall::einsum {

/// Two inputs of one Einsum whose elements must lie in the buffer together for every product: those
/// of a row of K (one m) and of one of Q (one p) for every score. A row is the stretch that the
/// Einsum contracts.
struct Meeting {
  TensorId first, second, result;
  Product product;
  ProductTraffic traffic;
  double once = 0;         // bytes of the elements of both inputs, read once
  std::set<RankId> outer;  // ranks of a visit
};

/// Meetings without common tensors, those that force most reads first.
[[nodiscard]] std::vector<Meeting> meetings(const Flow& flow, const Sizes& sizes,
                                            const std::vector<Region>& regions,
                                            base::Bytes capacity);

}  // namespace einfall::einsum
