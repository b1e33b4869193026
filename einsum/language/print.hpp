#pragma once

#include <string>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// The canonical text of a cascade: a complete document (`einfall: 1`, batch and inline functions
/// expanded, nested reductions split off) that loads to the `same` cascade and prints the same
/// again.
[[nodiscard]] std::string print(const Cascade& cascade);

/// One line: `QK[m, p] = sum[e](Q[e, p] * K[e, m]) where m <= p`.
[[nodiscard]] std::string print(const Cascade& cascade, const Einsum& einsum);
[[nodiscard]] std::string print(const Cascade& cascade, ExprId expr);
[[nodiscard]] std::string print(const Cascade& cascade, IndexId index);
[[nodiscard]] std::string print(const Cascade& cascade, CondId cond);
[[nodiscard]] std::string print(const Cascade& cascade, const SizePoly& poly);
[[nodiscard]] std::string print(const Cascade& cascade, AccessId access);

}  // namespace einfall::einsum
