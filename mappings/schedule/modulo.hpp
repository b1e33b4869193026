#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

/// Modulo scheduling of one loop body: the steady state of a software pipeline. Knows operations,
/// units and dependences only (B. R. Rau, Iterative Modulo Scheduling, 1994, for the terms).
namespace einfall::mappings {

/// An operation occupies its unit for `issue` > 0 cycles in every iteration.
struct ModuloOp {
  std::size_t unit = 0;
  std::int64_t issue = 1;
  /// The operation that follows it on its unit without a pause, in whatever iteration. Each follows
  /// one at most, and none that follows another is followed itself.
  std::optional<std::size_t> followed_by = std::nullopt;
};

/// start(to, iteration i + distance) >= start(from, iteration i) + delay.
struct ModuloEdge {
  std::size_t from = 0;
  std::size_t to = 0;
  std::int64_t delay = 0;
  std::int64_t distance = 0;  // >= 0, in iterations
  bool by_clock = false;      // however long what is at `from` takes
  /// `to` takes room that `from` gives back, so that no value lives between them.
  bool room = false;
};

struct ModuloProblem {
  std::size_t units = 0;
  std::vector<ModuloOp> ops;
  std::vector<ModuloEdge> edges;
};

/// Lower bounds on the interval.
struct IntervalBounds {
  std::vector<std::int64_t> resource;  // by unit: the issue cycles of its operations together
  /// ceil of the largest (sum of delays) / (sum of distances) over dependence cycles; 0 if none.
  std::int64_t recurrence = 0;

  [[nodiscard]] std::int64_t largest() const;
};
/// Precondition: no cycle with distance 0 and positive delay (nullopt then).
[[nodiscard]] std::optional<IntervalBounds> interval_bounds(const ModuloProblem& problem);

/// start[i] is when operation i of iteration 0 begins; of iteration n, start[i] + n * interval.
/// The earliest start is 0.
struct ModuloSchedule {
  std::int64_t interval = 0;
  std::vector<std::int64_t> start;
  /// From the first start to the last end of one iteration.
  std::int64_t makespan = 0;

  [[nodiscard]] std::int64_t stage(std::size_t op) const { return start[op] / interval; }
  [[nodiscard]] std::int64_t offset(std::size_t op) const { return start[op] % interval; }
};

/// The shortest interval found from `at_least` (or the bounds) upward, and among its schedules a
/// short makespan, then short lifetimes. Each unit's operations are packed without gaps in an order
/// that is searched; where no packing meets the dependences, iterative modulo scheduling leaves
/// gaps. The search ends after a certain amount of work, with the best schedule so far, or one
/// iteration after another if there is none. Deterministic. nullopt only if interval_bounds has
/// none, or if operations that follow others find no place behind them.
[[nodiscard]] std::optional<ModuloSchedule> modulo_schedule(const ModuloProblem& problem,
                                                            std::int64_t at_least = 0);

/// Checks starts against dependences and unit occupancy. Used for schedules given by hand and in
/// tests. Returns the index of a violated edge, or edges.size() + op for an op that overlaps with
/// another on its unit or does not follow the one it has to, or nullopt if all holds.
[[nodiscard]] std::optional<std::size_t> first_violation(const ModuloProblem& problem,
                                                         const ModuloSchedule& schedule);

}  // namespace einfall::mappings
