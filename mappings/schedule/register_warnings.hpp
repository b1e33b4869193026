#pragma once

#include "base/diagnostic.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

/// W803, once an Einsum whose results leave an array: in the steady state more of them wait for
/// whoever reads them than the registers there hold, all else left out. Nothing is held up for it.
[[nodiscard]] base::Diagnostics register_warnings(const Timetable& timetable,
                                                  const BoundMapping& bound,
                                                  const einsum::Cascade& cascade,
                                                  const arch::Machine& machine,
                                                  const Mapping& mapping);

}  // namespace einfall::mappings
