#pragma once

#include <cstdint>
#include <vector>

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// The number of the phase that each Einsum (StepId) belongs to, counted through all sections.
[[nodiscard]] std::vector<std::int64_t> phase_numbers(const BoundMapping& bound);

/// Phases around the Einsums under a node.
struct PhaseSpan {
  std::int64_t first = std::int64_t{1} << 62;
  std::int64_t last = -1;
  void add(const PhaseSpan& other);
};
[[nodiscard]] PhaseSpan phases_under(const BoundMapping& bound,
                                     const std::vector<std::int64_t>& phase_of, NodeId node);

/// An Einsum of a leaf whose iterations go through several phases, with a barrier after each. Such
/// an iteration is a slot; the visit that falls into slot i is number i - stage.
struct PhasedStep {
  StepId step;
  std::int64_t phase = 0;
  std::int64_t start = 0;  // in the slot, if nothing waits
  std::int64_t stage = 0;
};
struct LeafPhases {
  std::vector<PhasedStep> steps;  // by phase, then in the order of the leaf
  std::int64_t last_stage = 0;
  /// Levels of the leaf's path from here inwards make a run: all loops inside the node that has
  /// other leaves too. Its first slots fill the stages, `last_stage` more drain them.
  std::size_t run_from = 0;
};

/// All Einsums of a slot work on one iteration, but for what reads a value of a later phase: that
/// belongs to an earlier one. With `phases_pipelined` they work on iterations of different age, the
/// youngest that leave time for every value; what an iteration hands on to the next, and what
/// passes through a memory, only keeps its order, and so does room there.
[[nodiscard]] LeafPhases leaf_phases(const einsum::Cascade& cascade, const arch::Machine& machine,
                                     const BoundMapping& bound,
                                     const std::vector<std::int64_t>& phase_of, NodeId leaf);

}  // namespace einfall::mappings
