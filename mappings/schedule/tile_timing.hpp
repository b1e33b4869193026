#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// How one full visit of an Einsum to its unit looks in time, seen at column 0 (or lane 0): all
/// columns see the same, one hop later each. On an array the skew between rows is the same for
/// every operation, so rows are counted only where values travel down the whole column.
struct TileTiming {
  std::int64_t issue = 1;         // cycles the unit is occupied
  std::int64_t elements = 1;      // results of one PE, column or lane
  std::int64_t first_result = 1;  // from the start to when the first result can be used
  /// Cycles of the operation that takes turns with this one, from its second cycle on, while both
  /// have any (BoundInterleave::first): `issue` counts its own.
  std::int64_t turns = 0;
  /// The results come out at the foot of the columns; else they stay in the PE or lane.
  bool leaves_array = false;

  /// As if nothing took turns with it.
  void run_alone() {
    first_result -= std::min(result_interval() - 1, turns);
    turns = 0;
  }
  /// Cycles of its own between two results.
  [[nodiscard]] std::int64_t result_interval() const { return issue / elements; }
  /// From the start to when result n can be used. Precondition: 0 <= n < elements.
  [[nodiscard]] std::int64_t result(std::int64_t n) const {
    const std::int64_t own = result_interval();
    return first_result + n * own + std::min((n + 1) * own - 1, turns) - std::min(own - 1, turns);
  }
  /// From the start to when the last result can be used.
  [[nodiscard]] std::int64_t complete() const { return result(elements - 1); }
};

/// What one unit does without a pause: one visit of an Einsum, or of several whose elements take
/// turns (SPNV and RNV of FuseMax: each product is added as soon as it is made, so that one
/// register is enough for all F of them). In the order of the dependences.
using Tile = std::vector<StepId>;

/// Timing by dataflow (reference: the FuseMax array, MICRO 2024, sections IV and V), for an
/// operator latency L and a hop latency h of the unit:
/// - output-stationary, in-place, vector: a result is there when its operators, one after another,
///   have made it; a sum takes a step every L cycles (sum_waits.hpp);
/// - column-reduce, weight-stationary: a value passes every row, rows * (L + h - 1) cycles, with L
///   of the slowest operator that hands values down (tile_edges.hpp);
/// - of two interleaved Einsums each has every other cycle while both last. Together they keep the
///   unit as long as one after the other, and are booked so: the first its cycles from the start,
///   the second behind it. Its last result comes when it would have come anyway, so that only the
///   results of the first have another time. What waits for a visit that
///   stands alone waits as long.
[[nodiscard]] TileTiming tile_timing(const BoundMapping& bound, const arch::Machine& machine,
                                     const Tile& tile);

/// What lies between the starts of two visits.
struct DependenceDelay {
  std::int64_t cycles = 0;  // of whole visits
  /// It reaches to the last result: behind a visit of fewer steps it is shorter by as many cycles.
  bool of_last = false;
};

/// Cycles from the start of `from` to the earliest start of `to`, one of whose Einsums reads
/// through `read` what one of `from` writes: element by element where both step through it in the
/// same way, else when the last element is there. Link latencies between different units are
/// included; a value that goes through a memory (carried or kept) pays that memory's latency twice,
/// in and out.
[[nodiscard]] DependenceDelay dependence_delay(const BoundMapping& bound,
                                               const arch::Machine& machine, const Tile& from,
                                               const Tile& to, const BoundAccess& read);

}  // namespace einfall::mappings
