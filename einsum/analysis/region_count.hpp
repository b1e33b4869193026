#pragma once

#include "einsum/analysis/region.hpp"

namespace einfall::einsum {

/// Points of a region: of its coordinates, as every quotient is fixed by them. Quotients and
/// remainders repeat: with coordinates written as step * t + r, where the step is the period of the
/// quotients of that coordinate, a quotient is affine in t for every r. So the residue classes are
/// run through, and the points of each are counted over t; small boxes are enumerated. Where there
/// are too many classes, quotients count as variables of their own. Not `exact`, beside the
/// region's own inexactness: the work was too much, and this is an upper bound, never above the
/// box of the coordinates. Complexity: bounded by a constant, whatever the sizes.
[[nodiscard]] lattice::Count count_points(const Region& region);

}  // namespace einfall::einsum
