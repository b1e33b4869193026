#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "sim/engine/execution.hpp"

/// What exact skipping compares and adds up; only execution.cpp and fast_forward.cpp see it.
namespace einfall::sim {

struct Execution::Snapshot {
  std::int64_t now = 0;
  std::int64_t digit = 0;  // of the loop
  /// All that decides what happens next but for the operations' places and the outermost memory,
  /// relative to now. Equal vectors, places that are the same or one period further on, and a
  /// memory that repeats or is not asked meanwhile mean equal futures as long as no step of the
  /// loop is the first or the last.
  std::vector<mappings::Wide> state;
  std::vector<std::int64_t> ready;          // by token: how many there are
  std::vector<std::int64_t> digits, slots;  // the places, of all operations one after another
  std::int64_t requests = 0;                // of the outermost memory so far
  Tick phase = 0;                           // of its refresh
  std::optional<Pins::State> pins;  // unless no period can end here but one in which nobody asks
  // What has been counted so far.
  std::vector<EngineUse> use;
  std::vector<std::int64_t> words;
  Profile profile;
};

/// What a stretch asks about the step of an operation's level.
struct Execution::Asked {
  enum class Kind { kNothing, kEnds, kAll };
  Kind kind = Kind::kNothing;
  /// kEnds: whether it is the first, and whether it or one of so many behind it is the last.
  std::int64_t steps = 0;
};

/// An iteration of a loop as it went, from its beginning to that of the next (or of one of a loop
/// outside). Where another begins in the same state, relative to now and to where the loop stands,
/// the same happens again: all that an operation asks about its place while it takes part is what
/// is compared (Asked).
struct Execution::Stretch {
  std::int64_t now = 0;
  std::vector<mappings::Wide> state;
  std::vector<std::int64_t> lead;    // digits of the leading operation
  std::vector<bool> done;            // by operation
  std::vector<std::int64_t> digits;  // of all operations one after another
  std::size_t unfinished = 0;        // engines
  std::vector<EngineUse> use;
  std::vector<std::int64_t> words, generations;
  Profile profile;

  /// Calls `act` with each level of each operation that is not done, and the index of its digit,
  /// while it returns true; whether it always did.
  template <class Act>
  [[nodiscard]] bool each_digit(const std::vector<mappings::Cursor>& places, const Act& act) const {
    std::size_t i = 0;
    for (std::size_t o = 0; o < places.size(); ++o)
      for (std::size_t l = 0; l < places[o].at().digits().size(); ++l, ++i)
        if (!done[o] && !act(o, l, i)) return false;
    return true;
  }

  std::int64_t tick = 0;         // of the pins (PinQueue::tick), if it is not in the state
  std::int64_t watch = 0;        // then: of them
  std::size_t from = 0, to = 0;  // then: states at the beginning and the end (Level::states)

  // Once it has ended:
  std::int64_t tick_after = 0;
  PinQueue::Play play;
  Iteration next;
  std::vector<Asked> asked;  // as `digits`
  std::vector<mappings::Cursor> cursors;
  std::vector<EngineState> engines;
  std::vector<TokenState> tokens;
  std::vector<BarrierState> barriers;
  std::vector<mappings::Wide> carried;
  std::optional<Ports> ports;
  std::optional<PinQueue> pins;
  std::int64_t end = 0;
  std::vector<EngineUse> use_after;
  std::vector<std::int64_t> words_after;
  Profile profile_after;
};

/// A loop at whose iterations states are compared, led by one operation.
struct Execution::Level {
  static constexpr std::size_t kAbsent = ~std::size_t{0};
  std::size_t lead = 0;    // operation
  std::size_t engine = 0;  // its
  std::size_t level = 0;
  bool compared = false;  // else another leaf of the engine leads this loop
  bool replays = false;   // its iterations; else where it stands makes a difference
  /// By operation: its level of the same loop, kAbsent if it has none.
  std::vector<std::size_t> same;
  std::deque<Snapshot> seen;
  std::int64_t attempts = 0;
  bool due = false;           // for one that is compared
  std::size_t looked_at = 0;  // visits of the run when it last was
  /// Attempts since the outermost memory was last asked, or what it was asked for came.
  std::int64_t quiet = 0;
  std::int64_t requests = 0;  // of it at the last attempt
  std::deque<Stretch> known;
  std::optional<Stretch> open;
  std::int64_t missed = 0;  // stretches looked for in vain since one was found
  /// Of an innermost loop, iterations that differ in the tick of the pins only, and the states they
  /// lead from and to (drift.cpp).
  std::vector<Stretch> drifting;
  std::vector<std::vector<mappings::Wide>> states;
  std::int64_t patience = 256;  // iterations that may still be watched in vain
};

}  // namespace einfall::sim
