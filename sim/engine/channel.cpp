#include "sim/engine/channel.hpp"

#include <algorithm>

namespace einfall::sim {

using mappings::Wide;

Channel::Channel(const mappings::Exact& bytes_per_cycle, std::int64_t latency) : latency_(latency) {
  if (bytes_per_cycle == mappings::Exact(0)) return;
  per_cycle_ = static_cast<std::int64_t>(bytes_per_cycle.numerator());
  per_byte_ = static_cast<std::int64_t>(bytes_per_cycle.denominator());
}

Channel::Passage Channel::pass(Wide bytes, std::int64_t now) {
  free_ = std::max(free_, Wide{now} * per_cycle_) + bytes * per_byte_;
  const auto passed = static_cast<std::int64_t>((free_ + per_cycle_ - 1) / per_cycle_);
  return {passed, passed + latency_};
}

Wide Channel::backlog(std::int64_t now) const {
  return std::max(free_ - Wide{now} * per_cycle_, Wide{0});
}

void Channel::shift(std::int64_t cycles) { free_ += Wide{cycles} * per_cycle_; }

}  // namespace einfall::sim
