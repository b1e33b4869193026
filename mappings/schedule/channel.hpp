#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "mappings/schedule/exact.hpp"

namespace einfall::mappings {

/// The pins of the outermost memory, in ticks. Slices pass one after another in the order in which
/// they are needed, each from when there is room for it; what pins are left idle until then is
/// there for the next ones. Results pass as soon as they are complete and go before all slices that
/// are asked for after them.
class Channel {
 public:
  /// When a slice for which there is room from a tick on has passed. Precondition for all: times
  /// and lengths are at least 0.
  Wide load(Wide length, Wide from);
  /// When a result that is complete at a tick has passed.
  Wide store(Wide length, Wide from);

  /// The end of the last slice, and of results before it.
  [[nodiscard]] Wide free() const { return free_; }
  /// The begin of the first idle time, or that.
  [[nodiscard]] Wide first_free() const { return idle_.empty() ? free_ : idle_.front().begin; }
  /// Results behind that: begin and end of each, in order, relative to a tick.
  [[nodiscard]] std::vector<Wide> behind(Wide zero) const;
  /// Idle times before the end of the last slice: begin, end and slices asked for since, relative
  /// to a tick.
  [[nodiscard]] std::vector<Wide> idle(Wide zero) const;
  /// All times so many ticks later; negative: earlier, what would lie before 0 is forgotten.
  void shift(Wide ticks);

 private:
  struct Booked {
    Wide begin = 0, end = 0;
  };
  struct Idle {
    Wide begin = 0, end = 0;
    std::int64_t asked = 0;  // slices since
  };
  Wide take_idle(Wide& length, Wide from);
  void leave_idle(Wide until);

  Wide free_ = 0;
  std::deque<Booked> booked_;  // apart from each other
  std::deque<Idle> idle_;      // in order, apart from each other
};

}  // namespace einfall::mappings
