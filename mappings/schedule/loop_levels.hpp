#pragma once

#include <cstdint>
#include <vector>

#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

/// A loop of a run. Where nothing marks that it begins anew, it goes on through all trips of the
/// loop around it.
struct LoopLevel {
  std::int64_t inner = 1;  // epochs of one iteration
  std::int64_t trips = 1;  // as far as it goes on
  std::int64_t own = 1;    // until it begins anew
  bool operator==(const LoopLevel&) const = default;
};

/// The loops of a run, outermost first. With a mask (`masked`) none goes on, since runs may end
/// inside any loop.
[[nodiscard]] std::vector<LoopLevel> loop_levels(const Timetable& timetable, bool masked);

}  // namespace einfall::mappings
