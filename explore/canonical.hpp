#pragma once

#include <string>

#include "explore/costing.hpp"

namespace einfall::explore {

/// The text that decides every result of a scenario: parameters, assumptions, sizes, and digests of
/// the cascade's canonical text, of every number of the machine and of the mapping document. Two
/// scenarios with the same text have the same results under the same version of the program.
/// Precondition: `costed` came from cost_scenario.
[[nodiscard]] std::string canonical_text(const Costed& costed);

}  // namespace einfall::explore
