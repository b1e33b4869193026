#include "sim/dram/timebase.hpp"

#include <limits>
#include <numeric>

#include "base/ensure.hpp"

namespace einfall::sim {
namespace {

constexpr Tick kLast = std::numeric_limits<Tick>::max();

// Least common multiple, or nullopt if it does not fit.
std::optional<std::int64_t> common(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a / std::gcd(a, b), b, &product)) return std::nullopt;
  return product;
}

}  // namespace

Tick Timebase::per_cycle(base::Hertz clock) const {
  EINFALL_ENSURE(clock.value() > 0 && ticks_ % clock.value() == 0, "a clock of another timebase");
  return ticks_ / clock.value();
}

Tick Timebase::per_byte(base::BytesPerSecond rate) const {
  EINFALL_ENSURE(rate.value() > 0 && ticks_ % rate.value() == 0, "a rate of another timebase");
  return ticks_ / rate.value();
}

base::Seconds Timebase::horizon() const { return seconds(kLast); }

std::optional<Timebase> common_timebase(const std::vector<base::Hertz>& clocks,
                                        const std::vector<base::BytesPerSecond>& rates,
                                        base::Seconds horizon) {
  std::optional<std::int64_t> ticks = 1;
  for (const base::Hertz clock : clocks)
    if (ticks) ticks = common(*ticks, clock.value());
  for (const base::BytesPerSecond rate : rates)
    if (ticks) ticks = common(*ticks, rate.value());
  if (!ticks) return std::nullopt;
  const Timebase found(*ticks);
  if (found.horizon() < horizon) return std::nullopt;
  return found;
}

}  // namespace einfall::sim
