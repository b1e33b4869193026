#pragma once

#include <algorithm>

#include "arch/dram_timing.hpp"
#include "sim/dram/command.hpp"

namespace einfall::sim {

/// The refreshes of one rank: at k * tREFI + offset, k = 1, 2, ..., in all channels alike. All
/// banks are precharged before (tRP_all) and rest until tRFC after it. Between two refreshes lies
/// an epoch; epoch 0 is that before the first one.
class RefreshCalendar {
 public:
  /// Ranks take turns: rank r is r/ranks of an interval late. Without refresh there is one epoch.
  RefreshCalendar(const arch::DramTiming& timing, std::int64_t rank, bool refresh);

  /// The epoch in whose interval `clock` lies; `clock` may lie in the rest before or after it.
  [[nodiscard]] std::int64_t epoch_at(DramClock clock) const {
    return clock < interval_ + offset_ ? 0 : (clock - offset_) / interval_;
  }
  /// First clock an activation may have.
  [[nodiscard]] DramClock begin(std::int64_t epoch) const {
    return epoch == 0 ? 0 : epoch * interval_ + offset_ + refresh_;
  }
  /// Last clock at which every bank must be able to take a precharge.
  [[nodiscard]] DramClock end(std::int64_t epoch) const {
    return (epoch + 1) * interval_ + offset_ - precharge_;
  }
  /// Clocks before `clock` in which the rank is refreshed, tRFC after each command.
  [[nodiscard]] DramClock refreshing_before(DramClock clock) const {
    if (clock < interval_ + offset_) return 0;
    const DramClock begun = (clock - offset_) / interval_;
    return (begun - 1) * refresh_ + std::min(refresh_, clock - offset_ - begun * interval_);
  }
  /// What the calendar itself commands until `clock`, appended.
  void append_commands(std::int64_t channel, std::int64_t rank, DramClock clock,
                       DramTrace& out) const;

 private:
  DramClock interval_, offset_, refresh_, precharge_;
};

}  // namespace einfall::sim
