#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "mappings/schedule/channel.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

struct RecurrenceOptions {
  /// Skips a steady state whose whole relative state has provably repeated. Never changes a result.
  bool fast_forward = true;
  /// No operation starts before its time in the timetable (a static schedule without
  /// synchronisation): then the run takes prologue + steady state + epilogue exactly where memory
  /// never holds it up. Otherwise every operation starts as early as it can, which fills idle
  /// cycles of the prologue and the epilogue.
  bool hold_to_timetable = false;
};

/// When one operation of one epoch started (for waterfalls and tests).
struct Stamp {
  std::size_t op = 0;  // into Timetable::ops, or ops.size() + tail
  std::int64_t epoch = 0;
  std::int64_t start = 0;
};

/// What a run leaves to the next: results that are not stored yet, relative to its end.
struct RunSeam {
  Channel channel;
  std::vector<std::deque<std::int64_t>> left;  // recurrence_state.hpp
  /// Equal for equal seams.
  [[nodiscard]] std::vector<Wide> values() const;
};

struct RecurrenceResult {
  std::int64_t cycles = 0;  // of one run, until the last result can be used
  std::int64_t stored = 0;  // until it is stored; 0: nothing is
  RunSeam seam;
  std::vector<std::int64_t> busy_cycles;  // by unit
  std::int64_t loaded_bytes = 0;          // from the outermost memory
  std::int64_t skipped_epochs = 0;
  std::vector<Stamp> stamps;  // of the first `stamped` epochs

  /// Counts so many epochs as skipped, with what operations and tails do in them; they are whole
  /// steps of a loop that has `inner` epochs in each.
  void skip(const Timetable& timetable, std::int64_t epochs, std::int64_t inner);
};

/// Executes one run of a timetable as a max-plus recurrence: each unit takes its operations in the
/// order of the timetable; each starts when its unit is free, its dependences are met and its
/// slices have arrived. The outermost memory sends slices one after another in the order of need,
/// exactly at its rate, each as soon as the slice that it overwrites is no longer needed; an
/// arrival counts from the next whole cycle; results pass in between, each when it is complete.
/// Time O(epochs * operations), far less where the steady state repeats. `run`: one of
/// Timetable::masked, the longest of them if none is given; an epoch that is left out takes nothing
/// and is waited for by nobody. `before`: what the run before it left, nothing if none is given.
/// Precondition: cycles of a run fit 62 bits (build_timetable checks it).
[[nodiscard]] RecurrenceResult run_recurrence(const Timetable& timetable,
                                              const RecurrenceOptions& options = {},
                                              std::int64_t stamped = 0,
                                              const TimetableRun* run = nullptr,
                                              const RunSeam* before = nullptr);

}  // namespace einfall::mappings
