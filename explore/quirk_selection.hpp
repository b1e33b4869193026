#pragma once

#include <string>
#include <vector>

#include "explore/scenario.hpp"

/// Which quirks the settings `mode` and `quirks` switch on.
namespace einfall::explore {

/// Names of the quirks of a scenario and of the parts of a composition, each once. Errors: those of
/// the parts' documents.
[[nodiscard]] base::Result<std::vector<std::string>> quirk_names(const Scenario& scenario,
                                                                 Scenarios& scenarios);

/// Errors in `mode` and `quirks`: E951 a quirk that is not among `known`, E952 anything else.
/// `owner` is what has those quirks, "scenario 'x'".
[[nodiscard]] base::Diagnostics check_quirks(const Settings& settings,
                                             const std::vector<std::string>& known,
                                             const std::string& owner,
                                             const base::SourceSpan& span);

/// Those of `known` that checked settings switch on, in the order of `known`.
[[nodiscard]] std::vector<std::string> switched_on(const Settings& settings,
                                                   const std::vector<std::string>& known);

/// `mode` and `quirks` as they go to a scenario that has only the quirks `known`.
[[nodiscard]] Settings quirk_settings(const Settings& settings,
                                      const std::vector<std::string>& known);

}  // namespace einfall::explore
