#pragma once

#include <string>

#include "explore/recording.hpp"
#include "explore/simulation.hpp"

namespace einfall::explore {

/// Visits that a recording for `epochs_svg` alone has to hold.
inline constexpr std::size_t kDrawnVisits = 4000;

/// A picture (SVG) of the beginning of a run: a lane for each engine, a bar for each operation over
/// the cycles that it keeps its engine, from cycle 0 until the slowest unit has begun its first
/// operation for the seventh time (six epochs of a pipeline); dashed where it begins. What was not
/// recorded is not drawn.
[[nodiscard]] std::string epochs_svg(const Simulated& simulated, const Recording& recording);

}  // namespace einfall::explore
