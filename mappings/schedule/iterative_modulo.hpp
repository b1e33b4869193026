#pragma once

#include <optional>
#include <vector>

#include "mappings/schedule/modulo.hpp"

namespace einfall::mappings {

/// Iterative modulo scheduling (B. R. Rau, 1994) at one interval: operations by height, each at the
/// earliest free time within one interval, evicting what stands in the way where there is none.
/// Unlike the packed search it leaves gaps, which tight recurrences need. Starts, not normalised;
/// nullopt if the budget of placements runs out, or `work`, from which the visits of operations and
/// dependences are taken.
[[nodiscard]] std::optional<std::vector<std::int64_t>> iterative_modulo(
    const ModuloProblem& problem, std::int64_t interval, std::int64_t& work);

}  // namespace einfall::mappings
