#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "mappings/schedule/recurrence_state.hpp"

namespace einfall::mappings {

/// The pins of the outermost memory in order of time: of what has been asked for, the piece that
/// the timetable comes to first passes first, and interrupts others.
class PinOrder {
 public:
  /// Slot, order in it, and what comes first there.
  using Key = std::tuple<std::int64_t, std::size_t, std::size_t>;

  /// `busy`: ticks that they are taken from the beginning on.
  PinOrder(const TickRate& rate, Wide busy);

  struct Delay {
    std::size_t who = 0;
    std::int64_t cycles = 0;
  };
  /// When a piece asked for now has passed, in whole cycles; who passes later for it.
  std::int64_t pass(std::size_t who, const Key& key, std::int64_t bytes, std::int64_t now,
                    std::vector<Delay>& delays);

  /// Relative to now.
  void append_state(std::int64_t now, std::vector<Wide>& state) const;
  void shift(std::int64_t slots, std::int64_t cycles);

 private:
  struct Piece {
    std::size_t who = 0;
    Key key;
    Wide end = 0;
  };
  [[nodiscard]] std::int64_t whole(Wide ticks) const {
    return static_cast<std::int64_t>((ticks + rate_.per_cycle - 1) / rate_.per_cycle);
  }

  TickRate rate_;
  std::vector<Piece> asked_;  // in order
};

}  // namespace einfall::mappings
