#pragma once

#include <nlohmann/json.hpp>

#include "explore/functional.hpp"
#include "explore/simulation.hpp"

namespace einfall::cli {

/// The simulated run of a scenario: the fields of `cost_json` as they were simulated, and beside
/// them what each engine waited for. Nothing that depends on the machine it runs on.
[[nodiscard]] nlohmann::ordered_json simulation_json(const explore::Simulated& simulated);

/// What `--functional` found of a run.
[[nodiscard]] nlohmann::ordered_json functional_json(const std::string& scenario,
                                                     const explore::Functional& functional);

}  // namespace einfall::cli
