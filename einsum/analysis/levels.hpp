#pragma once

#include <optional>
#include <vector>

#include "einsum/analysis/flow.hpp"
#include "einsum/analysis/symbolic_count.hpp"

namespace einfall::einsum {

/// What an edge does to the level of its reader.
enum class Step {
  kSame,   // the reader may share the writer's sweep
  kAfter,  // the reader's sweep comes after the writer's level, if that is above 0
  kSkip
};

/// What it takes to follow one leaf through the steps of a loop. In every step only statements that
/// stream from the leaf cost; a slice that one step reads or writes is a leaf of its own.
struct LeafTrace {
  TensorId leaf;
  std::vector<bool> counted;  // by Einsum: may cost
  std::vector<bool> sweeps;   // by Einsum
  std::vector<std::vector<AccessId>>
      reads_leaf;               // by Einsum: how it goes through the leaf, an input
  std::vector<bool> reads_any;  // by Einsum: goes through some input
  std::vector<bool> streams;    // by edge
};

/// One level recurrence: which statements cost a sweep, and how levels travel along the edges.
/// An edge into a statement that costs nothing passes the level on, whatever its step.
struct LevelProblem {
  const Flow& flow;
  std::vector<bool> costs;  // by Einsum
  std::vector<Step> steps;  // by edge
  /// Ranks along which the recurrence runs: components that step along another rank are unrolled,
  /// and their levels may grow with the number of steps.
  const RankView& view;
  /// If set, `costs` and `steps` hold for a leaf seen over all steps, and this tells steps apart.
  std::optional<LeafTrace> trace = std::nullopt;
};

struct Levels {
  std::vector<SymbolicCount> level;  // by Einsum, in its last step that an output needs
  SymbolicCount most;                // highest of all, in any step
  /// By Einsum: the edge that set the level, in the first and in the last step (equal outside
  /// unrolled components).
  std::vector<std::optional<std::size_t>> via_first, via_last;
  /// By Einsum: its level grows with every step of its component.
  std::vector<bool> grows;
  [[nodiscard]] const SymbolicCount& operator[](EinsumId id) const { return level[id.index()]; }
};

/// Level of a statement that costs: max(1, level of writers it shares a sweep with, level + 1 of
/// writers it comes after); of one that costs nothing: max of its writers, 0 if none.
///
/// Loops are unrolled for the sizes of the flow, so every level is exact there; steps that no
/// output needs have none. A level that grows by the same number with each of the next few steps is
/// given as that law; one that does not, by the largest of these growths and marked `at_most`: it
/// is then exact at the flow's size and an upper bound above it. A loop that is too long to unroll
/// is judged by a shorter one. Complexity: O(edges) times the unrolled steps, at most a few
/// thousand instances.
[[nodiscard]] Levels solve(const LevelProblem& problem);

}  // namespace einfall::einsum
