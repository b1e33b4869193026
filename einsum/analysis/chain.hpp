#pragma once

#include <vector>

#include "einsum/analysis/levels.hpp"
#include "einsum/analysis/passes.hpp"

namespace einfall::einsum {

/// The barriers that lead to the highest level, first to last: the edges on the way that opened a
/// new sweep. A barrier inside an unrolled component stands once, marked `each_step`.
[[nodiscard]] std::vector<ChainLink> critical_chain(const LevelProblem& problem,
                                                    const Levels& levels);

}  // namespace einfall::einsum
