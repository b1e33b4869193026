#pragma once

#include <optional>

#include "einsum/analysis/region.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Number of different values that some of an Einsum's variables take together over its present
/// points; nullopt if that is not known exactly.
[[nodiscard]] std::optional<std::int64_t> distinct(const Einsum& einsum, const Region& region,
                                                   const std::vector<VarId>& variables);

/// Number of different elements that an Einsum touches through an access; nullopt if not known
/// exactly: gathers, data-dependent masks, indices that are not variables, constants, splits, sums
/// of variables, quotients or remainders of one variable. A sum (`q + s`), and a quotient without
/// its remainder (`h // G`), or the other way round, is counted if no condition depends on its
/// variables.
[[nodiscard]] std::optional<std::int64_t> touched(const Cascade& cascade, const Einsum& einsum,
                                                  const Region& region, AccessId access,
                                                  const Sizes& sizes);

}  // namespace einfall::einsum
