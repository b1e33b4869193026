#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace einfall::tests {

/// The text of a small valid cascade made from a list of choices; what runs out counts as 0, so
/// that shorter and smaller lists give simpler cascades. Maps, reductions, populate, conditions,
/// gathers, `??`, out-of-range coordinates, splits and iterative tensors occur; functions that
/// could overflow do not. Inputs: A[I, J], B[J, K], C[K], T[I] (bool), X[J] (index).
[[nodiscard]] std::string random_cascade(const std::vector<std::uint8_t>& choices);

}  // namespace einfall::tests
