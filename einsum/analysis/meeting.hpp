#pragma once

#include <set>
#include <vector>

#include "base/units.hpp"
#include "einsum/analysis/flow.hpp"
#include "einsum/analysis/region.hpp"

namespace einfall::einsum {

/// Two inputs of one Einsum whose rows must lie in the buffer together, once for every visit: a row
/// of K (one m) and one of Q (one p) for every score. A row is the stretch that the Einsum
/// contracts. Whichever row arrives later is read while at most (capacity - own) / other rows of
/// the other kind are there, so `visits` need at least price * visits bytes of reads.
struct Meeting {
  TensorId first, second;
  std::int64_t first_row = 0, second_row = 0;  // bytes
  std::int64_t visits = 0;
  double price = 0;        // bytes a visit: a * b / (capacity - min(a, b))
  std::int64_t once = 0;   // bytes of both tensors, read once
  std::set<RankId> outer;  // ranks of a visit
};

/// Meetings of disjoint pairs of inputs, those that force most reads first. Two rows that do
/// not fit into the buffer together are no meeting.
[[nodiscard]] std::vector<Meeting> meetings(const Flow& flow, const Sizes& sizes,
                                            const std::vector<Region>& regions,
                                            base::Bytes capacity);

}  // namespace einfall::einsum
