#include "mappings/schedule/channel.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

// Results that no slice has been asked for behind. Of more the pins are taken for busy in between.
constexpr std::size_t kMostBooked = 16;

}  // namespace

Wide Channel::load(Wide length, Wide from) {
  Wide at = std::max(free_, from);
  for (; !booked_.empty() && at + length > booked_.front().begin; booked_.pop_front()) {
    length -= std::max(Wide{0}, booked_.front().begin - at);
    at = std::max(at, booked_.front().end);
  }
  return free_ = at + length;
}

Wide Channel::store(Wide length, Wide from) {
  const Wide begin = std::max(from, booked_.empty() ? free_ : booked_.back().end);
  if (booked_.empty() && begin == free_) return free_ += length;
  if (!booked_.empty() && begin == booked_.back().end) return booked_.back().end += length;
  booked_.push_back({begin, begin + length});
  if (booked_.size() > kMostBooked) {
    free_ = booked_.front().end;
    booked_.pop_front();
  }
  return begin + length;
}

std::vector<Wide> Channel::behind(Wide zero) const {
  std::vector<Wide> out;
  for (const Booked& result : booked_) {
    out.push_back(result.begin - zero);
    out.push_back(result.end - zero);
  }
  return out;
}

void Channel::shift(Wide ticks) {
  free_ = std::max(Wide{0}, free_ + ticks);
  for (Booked& result : booked_) {
    result.begin = std::max(free_, result.begin + ticks);
    result.end += ticks;
  }
  for (; !booked_.empty() && booked_.front().begin <= free_; booked_.pop_front())
    free_ = std::max(free_, booked_.front().end);
}

}  // namespace einfall::mappings
