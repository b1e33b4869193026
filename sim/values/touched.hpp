#pragma once

#include "einsum/ir/cascade.hpp"
#include "mappings/ir/mask.hpp"
#include "sim/values/image.hpp"

namespace einfall::sim {

/// The smallest box of a tensor that holds all that an access touches while the ranks run through
/// these ranges; whole at a position that is gathered.
[[nodiscard]] TensorBox touched(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                                einsum::AccessId access, const mappings::RankRanges& ranges);

}  // namespace einfall::sim
