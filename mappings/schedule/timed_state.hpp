#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "mappings/schedule/load_order.hpp"
#include "mappings/schedule/pin_order.hpp"
#include "mappings/schedule/port_shares.hpp"

/// What decides how a recurrence in order of time goes on (timed_recurrence.hpp).
namespace einfall::mappings {

constexpr std::int64_t kNever = std::int64_t{1} << 62;

/// A visit of an operation whose values are not all there.
struct TimedVisit {
  std::int64_t position = 0;
  std::int64_t start = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> held;  // when, by how many cycles
  /// When what takes so long after the start is there.
  [[nodiscard]] std::int64_t value(std::int64_t delay, bool by_clock) const {
    std::int64_t time = start + delay;
    if (by_clock) return time;
    for (const auto& [at, cycles] : held)
      if (time > at) time += cycles;
    return time;
  }
};

struct TimedOp {
  std::int64_t begun = 0, ended = 0;  // positions
  std::deque<TimedVisit> recent;
};

/// A unit, a load or a store.
struct TimedEngine {
  bool busy = false;
  std::int64_t start = 0, until = 0, held = 0;  // while busy
  std::int64_t ready = 0;                       // while not: as found last
};

/// A unit goes through the items of each slot in order.
struct TimedUnit {
  std::int64_t slot = 0;
  std::size_t item = 0;
  std::int64_t visits = 0;  // of a tail behind the position: done
};

struct TimedLoad {
  LoadOrder order;
  std::vector<std::int64_t> there;  // by place: when it can be used; kNever: on its way
  std::size_t place = 0;            // of the piece on its way
};

struct TimedStore {
  struct Piece {
    std::int64_t complete = 0, bytes = 0;
  };
  std::deque<Piece> made;         // that have not begun to leave
  std::int64_t taken = 0;         // room
  std::deque<std::int64_t> left;  // when room was given back
};

}  // namespace einfall::mappings
