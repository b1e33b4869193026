#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explore/simulation.hpp"
#include "explore/time_account.hpp"

/// Witnesses beside each other: the analytic model and the simulator on the same scenarios.
namespace einfall::explore {

/// Where the time of one unit goes, in cycles. A line without a value is one that the witness does
/// not tell apart.
struct TimeLine {
  std::string what;
  std::optional<mappings::Exact> simulated, analytic;
  bool detail = false;  // part of the line after it, and of no sum
};

/// The time of the slowest unit by both witnesses (TimeAccount). The lines that are no details add
/// up to the cycles of each, so that their differences add up to `excess`.
struct Attribution {
  std::string unit;
  std::vector<TimeLine> lines;
  mappings::Exact excess;  // simulated less analytic cycles
};

/// Precondition: no composition.
[[nodiscard]] Attribution attribution(const Simulated& simulated);

/// One scenario by both; `refused` says why the simulator does not execute it, if so.
struct Compared {
  Costed costed;
  std::optional<Simulated> simulated;
  base::Diagnostics refused;
};

/// Errors: those of cost_scenario.
[[nodiscard]] base::Result<Compared> compare_witnesses(const std::string& path,
                                                       const Settings& settings,
                                                       Documents& documents);

/// For a terminal: a row for each scenario and witness, then where they differ and why; with
/// `counts` everything that both count.
[[nodiscard]] std::string comparison_text(const std::vector<Compared>& all, bool counts);

}  // namespace einfall::explore
