#pragma once

#include <vector>

#include "arch/machine.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/ir/leaf_order.hpp"

namespace einfall::mappings {

/// What a place (a memory, or the registers of one lane) must hold at its fullest moment, and which
/// keeps are there then. Nodes beside each other run one after another, so that their keeps meet
/// only if one of the slices is there still, in the next iteration of a loop around both.
struct Occupancy {
  std::int64_t amount = 0;  // bytes of a memory; entries of a register file
  std::vector<KeepId> keeps;
  std::vector<Wait> waits;  // registers only: results that wait inside a leaf
};

/// Bytes a keep takes in its memory: resident part of the slice, all copies, for every instance
/// that works on a slice of its own; one that is in place of another takes only what it needs
/// beyond it.
[[nodiscard]] std::int64_t bytes_of(const BoundMapping& bound, const BoundKeep& keep);

/// Registers a keep takes in each lane of its unit, and a result that waits inside a leaf. What is
/// used in the step that brings it takes none.
[[nodiscard]] std::int64_t entries_of(const BoundMapping& bound, const arch::Machine& machine,
                                      const BoundKeep& keep);
[[nodiscard]] std::int64_t entries_of(const arch::Machine& machine, const Wait& wait);

[[nodiscard]] Occupancy memory_occupancy(const BoundMapping& bound, MemoryId memory);
[[nodiscard]] Occupancy register_occupancy(const BoundMapping& bound, const arch::Machine& machine,
                                           UnitId unit);

/// Every memory and register file holds what is kept in it. `options` as in bind.
[[nodiscard]] bool all_fits(const BoundMapping& bound, const arch::Machine& machine,
                            const BindOptions& options);
}  // namespace einfall::mappings
