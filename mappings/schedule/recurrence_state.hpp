#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "mappings/schedule/channel.hpp"
#include "mappings/schedule/exact.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

/// All that decides how a run goes on: absolute times in cycles, the channel's in ticks.
/// A slot is one processing step of the recurrence: operation o works on the epoch that was begun
/// stage(o) slots before.
struct RecurrenceState {
  std::int64_t position = 0;                      // slots done
  std::int64_t slot = 0;                          // number of the next epoch to begin
  std::int64_t end = 0;                           // latest completion so far
  std::vector<std::int64_t> unit_free;            // by unit
  std::vector<std::vector<std::int64_t>> starts;  // by op: ring over positions of epochs
  std::vector<std::int64_t> tails;                // by tail: start of the latest visit
  Channel channel;
  /// By load, copy and piece: when its last reader is done, when it arrived, and of which block it
  /// is (-1: none yet).
  std::vector<std::vector<std::int64_t>> released, arrived, holds;
  /// By store: when the last pieces, as many as there is room for, have left, the latest last.
  std::vector<std::deque<std::int64_t>> left;
};

/// Ticks that make a cycle and a byte of the outermost memory whole numbers of them.
struct TickRate {
  std::int64_t per_cycle = 1;
  std::int64_t per_byte = 0;  // 0: not limited
};

[[nodiscard]] TickRate tick_rate(const Timetable& timetable);

/// Loads whose every slice is renewed within `epochs` epochs go on being requested while a loop of
/// such iterations runs; the others have been requested before and rest.
[[nodiscard]] inline bool active(const TimetableLoad& load, std::int64_t epochs) {
  return load.block <= epochs;
}

[[nodiscard]] inline bool active(const TimetableStore& store, std::int64_t epochs) {
  return store.period <= epochs;
}

[[nodiscard]] inline bool active(const TimetableTail& tail, std::int64_t epochs) {
  return tail.period <= epochs;
}

/// The part of a state that matters for further iterations of `epochs` epochs each, relative to
/// now, so that equal vectors at the beginning of two iterations mean equal futures. Starts too
/// long ago to hold anything up are all the same; so are releases before the channel is free or
/// idle.
[[nodiscard]] std::vector<Wide> relative_state(const Timetable& timetable,
                                               const RecurrenceState& state, const TickRate& rate,
                                               std::int64_t epochs);

/// The state `slots` later and `cycles` later, everything that goes on repeating, everything that
/// rests unchanged. Precondition: slots is a multiple of `epochs`.
void shift(const Timetable& timetable, RecurrenceState& state, const TickRate& rate,
           std::int64_t epochs, std::int64_t slots, std::int64_t cycles);

}  // namespace einfall::mappings
