#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Traffic that a barrier forces between a buffer and what lies behind it.
struct BoundaryTraffic {
  RankId rank;
  EinsumId waits;    // the statement that begins the later pass
  TensorId barrier;  // what it waits for
  base::Bytes extra{0};
  std::vector<TensorId> cut;  // kept, spilled (intermediates) or read again (inputs)
};

/// A lower bound on the bytes that any order of computation moves into and out of a buffer.
struct TrafficBound {
  base::Bytes compulsory{0};  // every needed input element once, every output element once
  /// Bytes beyond those that pairs of inputs force which must meet in the buffer: reads, and sums
  /// that leave it unfinished and come back.
  base::Bytes capacity{0};
  /// X_k of every boundary of the rank that forces most.
  std::vector<BoundaryTraffic> boundaries;
  /// compulsory + capacity or the boundaries or both, whichever is larger and sound together.
  base::Bytes total{0};
};

/// Holds for every order, tiling and choice of what is kept, spilled or computed again, however
/// sums are split, provided that masks which depend on data leave something to do with every value
/// made. Elements have their declared width, unfinished sums too. Of `x ?? v`, x counts where it is
/// present and v elsewhere (needed.hpp). What cannot be bounded soundly (data-dependent masks,
/// gathers) counts as nothing. Complexity: one max-flow per boundary and price.
/// Errors: those of `dependence_graph`; E503 sizes beyond 2^53 bytes.
[[nodiscard]] base::Result<TrafficBound> traffic_bound(const Cascade& cascade, const Sizes& sizes,
                                                       base::Bytes capacity);

}  // namespace einfall::einsum
