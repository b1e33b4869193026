#pragma once

#include <algorithm>
#include <optional>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum::eval {

/// The variable that counts the steps of an Einsum that is part of a cycle through this rank.
[[nodiscard]] inline std::optional<VarId> step_variable(const Cascade& cascade,
                                                        const Einsum& einsum, RankId rank) {
  if (einsum.iterative_var && cascade[*einsum.iterative_var].rank == rank)
    return einsum.iterative_var;
  const auto steps = std::find_if(einsum.vars.begin(), einsum.vars.end(),
                                  [&](VarId v) { return cascade[v].rank == rank; });
  if (steps == einsum.vars.end()) return std::nullopt;
  return *steps;
}

}  // namespace einfall::einsum::eval
