#pragma once

#include "arch/machine.hpp"
#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Fills in every number that depends on the trips of the parts: what keeps hold and are filled
/// with, what accesses touch, how often Einsums run and how long they keep their unit busy. The
/// structure (nodes, accesses, users of keeps) must be there.
void measure(BoundMapping& bound, const arch::Machine& machine);

/// a * b and a + b of values that are not negative, at most 2^62.
[[nodiscard]] std::int64_t saturating_mul(std::int64_t a, std::int64_t b);

/// All parts that are not loops of the path: what runs while those loops stand still.
[[nodiscard]] PartSet inside(const BoundMapping& bound, const std::vector<PartId>& path);

}  // namespace einfall::mappings
