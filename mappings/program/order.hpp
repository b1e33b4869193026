#pragma once

#include "mappings/walk/walk.hpp"

/// Whether tokens between masked operations are given and taken in the same order, so that counting
/// them is enough.
namespace einfall::mappings {

/// The visits in which a walk is at the first (last) of its iterations that differ in levels of the
/// set only come in the order of the other levels. False also where too many steps would have to
/// be looked at. Precondition: of the loops of each rank those in the set are the innermost ones.
[[nodiscard]] bool firsts_in_order(const Walk& walk, Levels set);
[[nodiscard]] bool lasts_in_order(const Walk& walk, Levels set);

/// Between two iterations that differ in levels of the set only the mask leaves all. The same
/// precondition; the set has levels of one rank only.
[[nodiscard]] bool is_gapless(const Walk& walk, Levels set);

}  // namespace einfall::mappings
