#pragma once

#include <string>

#include "einsum/ir/cascade.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

/// One epoch of a timetable as text: a table of its operations (unit, stage, offset in the
/// interval, issue cycles, first result, values alive), then the steady state drawn per unit, one
/// character for `interval / columns` cycles, each letter an operation of the table, '.' idle.
[[nodiscard]] std::string waterfall(const einsum::Cascade& cascade, const arch::Machine& machine,
                                    const BoundMapping& bound, const Timetable& timetable,
                                    std::size_t columns = 69);

}  // namespace einfall::mappings
