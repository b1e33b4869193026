#pragma once

#include "arch/machine.hpp"
#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Fills in every number that depends on the trips of the parts: what keeps hold and are filled
/// with, what accesses touch, how often Einsums run and how long they keep their unit busy. The
/// structure (nodes, accesses, users of keeps) must be there.
void measure(BoundMapping& bound, const arch::Machine& machine);

/// The parts that select another element of the access, states not counted as elements.
[[nodiscard]] PartSet selecting_parts(const BoundMapping& bound, einsum::AccessId access);

/// The loops of a keep's path that select another slice of it, states not counted as slices.
[[nodiscard]] PartSet selecting_loops(const BoundMapping& bound, const BoundKeep& keep);

/// The loops of a keep's path that end the life of its slice: down to the innermost that selects
/// another one. The state of an iterative tensor lives through the steps that change it.
[[nodiscard]] PartSet renewing_loops(const BoundMapping& bound, const BoundKeep& keep);

/// a * b and a + b of values that are not negative, at most 2^62.
[[nodiscard]] std::int64_t saturating_mul(std::int64_t a, std::int64_t b);

/// Coordinates that a position takes on while the free parts run, as `elements` (bind.hpp).
[[nodiscard]] std::int64_t coordinates_of(const BoundMapping& bound, const IndexForm& form,
                                          PartSet free);

/// Coordinates that a position takes on while all ranks run through these ranges, those inside the
/// tensor.
[[nodiscard]] std::int64_t coordinates_within(const BoundMapping& bound, const IndexForm& form,
                                              const RankRanges& ranges);

/// Not in the set, and it never steps: a set that has the parts around it and inside it has all
/// that runs.
[[nodiscard]] inline bool is_passed_over(const BoundMapping& bound, PartId part, PartSet set) {
  return bound[part].trips == 1 && !set.has(part);
}

/// All parts that are not loops of the path: what runs while those loops stand still.
[[nodiscard]] PartSet inside(const BoundMapping& bound, const std::vector<PartId>& path);

}  // namespace einfall::mappings
