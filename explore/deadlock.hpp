#pragma once

#include "base/diagnostic.hpp"
#include "explore/costing.hpp"
#include "mappings/program/program.hpp"
#include "sim/engine/execution.hpp"

namespace einfall::explore {

/// E960: a run in which nothing can go on. The message goes round the circle, who waits for whom;
/// each of its engines is a note at the line of the mapping that has to do with it: what is kept
/// too small, or the Einsum that cannot begin.
[[nodiscard]] base::Diagnostic deadlock(const Costed& costed, const mappings::Program& program,
                                        const sim::Execution& execution);

}  // namespace einfall::explore
