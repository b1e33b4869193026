#pragma once

#include <string>
#include <vector>

#include "explore/reproduction.hpp"

namespace einfall::explore {

/// The tables of a reproduction for a terminal: every point beside its published value, the
/// predictions, end to end, the sweep, areas and headlines.
[[nodiscard]] std::string report_text(const Reproduction& study, const ReproductionResult& result);

/// What was simulated: the cycles of every point and prediction by the simulator, the analytic and
/// the published model; what the simulator finds beyond the published model, and predictions beyond
/// what they stand beside or follow, part by part in percent. Empty if nothing was simulated.
[[nodiscard]] std::string simulated_text(const Reproduction& study,
                                         const ReproductionResult& result);

/// One drawing.
struct Plot {
  std::string file;  // "fig08_speedup.svg"
  std::string svg;
};
/// The figures the study lists, in its order, but for those of what is not known.
[[nodiscard]] std::vector<Plot> plots(const Reproduction& study, const ReproductionResult& result);

}  // namespace einfall::explore
