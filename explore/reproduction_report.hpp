#pragma once

#include <string>
#include <vector>

#include "explore/reproduction.hpp"

namespace einfall::explore {

/// The tables of a reproduction for a terminal: every point beside its published value, the
/// predictions, end to end, the sweep, areas and headlines.
[[nodiscard]] std::string report_text(const Reproduction& study, const ReproductionResult& result);

/// One drawing.
struct Plot {
  std::string file;  // "fig08_speedup.svg"
  std::string svg;
};
/// The figures the study lists, in its order.
[[nodiscard]] std::vector<Plot> plots(const Reproduction& study, const ReproductionResult& result);

}  // namespace einfall::explore
