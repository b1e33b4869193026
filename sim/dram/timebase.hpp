#pragma once

#include <optional>
#include <vector>

#include "base/units.hpp"
#include "sim/dram/dram.hpp"

namespace einfall::sim {

/// How many ticks a second has. 940 MHz has no whole period in picoseconds and 400 GiB/s at 940 MHz
/// is 67108864/146875 bytes a cycle, so the tick is made to fit: there a cycle has 67108864 ticks
/// and a byte 146875.
class Timebase {
 public:
  explicit constexpr Timebase(std::int64_t ticks_per_second) : ticks_(ticks_per_second) {}
  [[nodiscard]] constexpr std::int64_t ticks_per_second() const { return ticks_; }
  /// Exact; it is an internal error to ask for a clock or a rate the timebase was not made for.
  [[nodiscard]] Tick per_cycle(base::Hertz clock) const;
  [[nodiscard]] Tick per_byte(base::BytesPerSecond rate) const;
  [[nodiscard]] base::Seconds seconds(Tick ticks) const {
    return base::Seconds(static_cast<double>(ticks) / static_cast<double>(ticks_));
  }
  /// How long a run can be before a stamp no longer fits.
  [[nodiscard]] base::Seconds horizon() const;

 private:
  std::int64_t ticks_;
};

/// The coarsest timebase in which a period of every clock and a byte at every rate are whole. All
/// are positive. nullopt: no such timebase counts as far as `horizon` in 63 bits.
[[nodiscard]] std::optional<Timebase> common_timebase(
    const std::vector<base::Hertz>& clocks, const std::vector<base::BytesPerSecond>& rates,
    base::Seconds horizon = base::Seconds(1));

}  // namespace einfall::sim
