#pragma once

#include "einsum/analysis/lattice.hpp"

namespace einfall::einsum::lattice {

/// Points of two variables: the sum over x of the length of y's interval, piece by piece between
/// the places where another bound becomes the tightest. nullopt if neither variable has coefficient
/// 1 or -1 in every constraint that it occurs in. Complexity: cubic in the number of constraints,
/// independent of the ranges.
[[nodiscard]] std::optional<Wide> sum_of_pair(const Conjunction& all, const Box& box, Var a, Var b);

}  // namespace einfall::einsum::lattice
