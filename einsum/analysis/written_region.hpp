#pragma once

#include <vector>

#include "einsum/analysis/region.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Where a tensor is present, over its coordinates, from the regions of `writers`, all Einsums that
/// write it (`regions` by Einsum): reduced variables are projected away, an iterative tensor keeps
/// its value in steps that write none. Not exact where the left side cannot be inverted, for the
/// tail of a top-k over a masked rank, or where a projection is too hard.
[[nodiscard]] Region written_region(const Cascade& cascade, TensorId tensor,
                                    const std::vector<EinsumId>& writers, const Sizes& sizes,
                                    const std::vector<Region>& regions);

/// Replaces variable v by `replacement[v]` in all conjunctions; fewer come back (none, for a single
/// one) if the arithmetic leaves 60 bits.
[[nodiscard]] std::vector<lattice::Conjunction> replaced(
    const std::vector<lattice::Conjunction>& any, const std::vector<lattice::Linear>& replacement);

}  // namespace einfall::einsum
