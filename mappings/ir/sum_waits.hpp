#pragma once

#include <cstdint>

#include "arch/machine.hpp"
#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Cycles more than its issue cycles that an Einsum takes from one step to the next where a sum
/// grows in its place: each step needs the sum of the one before, which takes the operator's
/// latency. Sums of other results that take turns with it fill these cycles; else the unit is idle
/// in them. 0 for sums that go down the columns of an array. Of a bound mapping that was measured.
[[nodiscard]] std::int64_t sum_waits(const BoundMapping& bound, const arch::Machine& machine,
                                     const BoundEinsum& step);

}  // namespace einfall::mappings
