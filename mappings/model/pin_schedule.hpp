#pragma once

#include <cstddef>
#include <deque>

namespace einfall::mappings {

/// What the pins of the outermost memory still have to give, cycle by cycle. Pieces are booked in
/// the order of the nest, which need not be that of time: a piece takes all that those booked
/// before have left from the cycle on in which it is asked for, as if it went before whatever is
/// booked later. What lies far back is forgotten: nothing is left of it.
class PinSchedule {
 public:
  /// A rate of 0: no limit.
  PinSchedule(double bytes_per_cycle, double latency) : rate_(bytes_per_cycle), latency_(latency) {}

  /// When a piece has passed and when it can be used, in whole cycles.
  struct Passage {
    double passed = 0, delivered = 0;
  };
  /// A piece asked for at `now`.
  Passage pass(double bytes, double now);

  /// Whole cycles that a piece takes which nobody interrupts.
  [[nodiscard]] double alone(double bytes) const;
  /// Whether all is left of the cycle that begins then.
  [[nodiscard]] bool is_free(double at) const;

  /// Cycles that all pieces so far have taken.
  double& busy() { return busy_; }
  /// What is booked from `from` on moves by so many cycles, and a share of each cycle in between is
  /// left. Of fewer than none: what was booked in those that go is forgotten. Cycles begin so much
  /// later from then on, too.
  void stretch(double from, double cycles, double left);

 private:
  // From the end of the one before; what is left of each cycle, from 0 to 1.
  struct Stretch {
    double end = 0, left = 1;
  };
  std::size_t cut(double at);
  double take(double cycles, double from);
  void merge(std::size_t first, std::size_t last);

  double rate_, latency_;
  double busy_ = 0;
  double fraction_ = 0;            // of a cycle, at which whole cycles begin
  double begin_ = 0;               // of the first; before it nothing is left
  std::deque<Stretch> stretches_;  // all is left behind the last
};

}  // namespace einfall::mappings
