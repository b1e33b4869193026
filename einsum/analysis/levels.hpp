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

/// One level recurrence: which statements cost a sweep, and how levels travel along the edges.
/// An edge into a statement that costs nothing passes the level on, whatever its step.
struct LevelProblem {
  const Flow& flow;
  std::vector<bool> costs;  // by Einsum
  std::vector<Step> steps;  // by edge
  /// Ranks along which the recurrence runs: components that step along another rank are unrolled,
  /// and their levels may grow with the number of steps.
  const RankView& view;
};

struct Levels {
  std::vector<SymbolicCount> level;  // by Einsum
  /// By Einsum: the edge that set the level, in the first and in the last step (equal outside
  /// unrolled components).
  std::vector<std::optional<std::size_t>> via_first, via_last;
  /// By Einsum: its level grows with every step of its component.
  std::vector<bool> grows;
  [[nodiscard]] const SymbolicCount& operator[](EinsumId id) const { return level[id.index()]; }
};

/// Level of a statement that costs: max(1, level of writers it shares a sweep with, level + 1 of
/// writers it comes after); of one that costs nothing: max of its writers, 0 if none.
/// Complexity: O(edges), times the unrolled steps in components that step along another rank.
[[nodiscard]] Levels solve(const LevelProblem& problem);

/// Largest level of all.
[[nodiscard]] SymbolicCount highest(const Levels& levels);

}  // namespace einfall::einsum
