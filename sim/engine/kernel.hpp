#pragma once

#include <functional>

#include "base/result.hpp"
#include "sim/engine/execution.hpp"

namespace einfall::sim {

/// Runs an execution to its end under the SystemC kernel: one SC_METHOD for each engine, woken at
/// the exact cycle it asks for or by an event, never by a clock. One cycle is one unit of the
/// kernel's time resolution; what is skipped does not pass there. May be called any number of times
/// in a process. False: nothing can happen any more and engines are waiting (Execution::waiting).
/// `progress`, if given, is told the time now and then, after a fixed number of steps.
using Progress = std::function<void(std::int64_t now)>;
/// Ends the run, unfinished, where it says so: false.
using Enough = std::function<bool()>;
[[nodiscard]] bool run(Execution& execution, std::size_t engines, const Progress& progress = {},
                       const Enough& enough = {});

}  // namespace einfall::sim
