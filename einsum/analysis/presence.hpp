#pragma once

#include <map>
#include <vector>

#include "base/result.hpp"
#include "einsum/analysis/region.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// The present points of every Einsum (language.md 1.6): all variables within their ranks, `where`
/// holds, all indices in range, all strict operands present. Masks travel along the cascade: where
/// a score is absent, so is what is computed from it. Region variables are the Einsum's variables
/// in order. Errors: those of `dependence_graph`.
[[nodiscard]] base::Result<std::vector<Region>> present_points(const Cascade& cascade,
                                                               const Sizes& sizes);

/// The same with the points at which a read is taken, where these are not all of its Einsum's: in a
/// branch of `x ?? v`, x where it is present and v elsewhere; in `present(...)` never, for nothing
/// is read to tell that. Not exact: it may be fewer.
struct Presence {
  std::vector<Region> einsums;       // by EinsumId
  std::map<AccessId, Region> taken;  // of the others: their Einsum's
};
[[nodiscard]] base::Result<Presence> presence(const Cascade& cascade, const Sizes& sizes);

}  // namespace einfall::einsum
