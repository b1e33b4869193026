#pragma once

#include <nlohmann/json.hpp>

#include "explore/simulation.hpp"

namespace einfall::cli {

/// The simulated run of a scenario: the fields of `cost_json` as they were simulated, and beside
/// them what each engine waited for.
[[nodiscard]] nlohmann::ordered_json simulation_json(const explore::Simulated& simulated);

}  // namespace einfall::cli
