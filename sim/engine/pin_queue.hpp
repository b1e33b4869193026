#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "mappings/program/program.hpp"

namespace einfall::sim {

/// The pins of a memory of bandwidth and latency. They always move something while anything is
/// asked for, at their exact rate: of the pieces that have been asked for the one that comes first
/// in a given order, whatever it interrupts; the others go on behind it. Each engine asks for one
/// piece at a time. Times in whole cycles; what is less than a cycle is kept exactly.
class PinQueue {
 public:
  /// The visit that one transfer (an operation) stands at comes before that of another. Has to
  /// answer alike as long as both are asked for.
  using Before = std::function<bool(std::size_t, std::size_t)>;
  /// A cycle has `per_cycle` ticks, of which a byte takes `per_byte`.
  struct Rate {
    std::int64_t per_cycle = 1, per_byte = 1;
  };
  PinQueue(const Rate& rate, Before before) : rate_(rate), before_(std::move(before)) {}

  /// An engine asks for `bytes` at `now`, which does not go back. When they will have passed, if
  /// nobody comes before them.
  std::int64_t ask(std::size_t engine, std::size_t transfer, mappings::Wide bytes,
                   std::int64_t now);
  /// Whole cycles that so many bytes take if nothing interrupts them.
  [[nodiscard]] std::int64_t alone(mappings::Wide bytes) const { return duration(bytes).whole(); }
  /// Who passes later for the sake of the last request. Valid until the next.
  struct Delay {
    std::size_t engine = 0;
    std::int64_t cycles = 0;
  };
  [[nodiscard]] const std::vector<Delay>& delays() const { return delays_; }

  /// All that matters for what passes later, relative to now; without the `tick` all but that.
  void append_state(std::int64_t now, std::vector<mappings::Wide>& state, bool with_tick) const;
  /// At which tick of its last cycle the piece that passes ends, 1 to those of a cycle; 0: nothing
  /// passes.
  [[nodiscard]] std::int64_t tick(std::int64_t now) const;
  /// By how many ticks all that is asked for may end sooner or later without another whole cycle
  /// anywhere, since `watch_play`. None, if something has not waited for what came before.
  struct Play {
    std::int64_t sooner = 0, later = 0;
    bool together = false;
    std::int64_t watch = 0;  // since which `watch_play`: the first, second ...
  };
  std::int64_t watch_play(std::int64_t now);
  [[nodiscard]] const Play& play() const { return play_; }
  /// Precondition: so many ticks are within the play.
  void move(std::int64_t now, std::int64_t ticks);
  /// Time goes on by so many cycles without anything happening.
  void shift(std::int64_t cycles);
  /// All that is asked for, as it was in another queue.
  void take_over(const PinQueue& other) {
    pieces_ = other.pieces_;
    play_.together = false;
  }

  /// Stretches of time in which a piece has the pins.
  using Spans = std::vector<std::pair<double, double>>;
  /// From here on they are kept.
  void keep_spans() { keeps_spans_ = true; }
  /// Of the piece of an engine that passes now.
  [[nodiscard]] Spans spans(std::size_t engine) const;

 private:
  /// A cycle and ticks into it.
  struct Time {
    std::int64_t cycle = 0, ticks = 0;
    [[nodiscard]] std::int64_t whole() const { return cycle + (ticks > 0 ? 1 : 0); }
  };
  struct Piece {
    std::size_t engine = 0, transfer = 0;
    Time begin, end;  // of what is left, if nobody else comes
    Spans spans;      // before it was interrupted
  };
  [[nodiscard]] Time duration(mappings::Wide bytes) const;
  [[nodiscard]] Time sum(const Time& a, const Time& b) const;
  [[nodiscard]] double cycles(const Time& time) const;
  [[nodiscard]] std::int64_t tick_of(const Time& time) const {
    return time.ticks > 0 ? time.ticks : rate_.per_cycle;
  }
  void limit_play(const Time& end);

  Rate rate_;
  Before before_;
  std::vector<Piece> pieces_;  // in the order in which they pass, some that have passed before them
  std::vector<Delay> delays_;
  bool keeps_spans_ = false;
  Play play_;
};

}  // namespace einfall::sim
