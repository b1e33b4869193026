#pragma once

#include <string>

#include "explore/recording.hpp"
#include "explore/simulation.hpp"

namespace einfall::explore {

/// What was recorded of a run as a file for Perfetto (ui.perfetto.dev) and chrome://tracing: Trace
/// Event Format, JSON. One track for each engine, one event for each operation, and the counters of
/// counters.hpp; one cycle is one microsecond there.
[[nodiscard]] std::string trace_json(const Simulated& simulated, const Recording& recording);

}  // namespace einfall::explore
