#include "mappings/schedule/channel.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

// Results that no slice has been asked for behind. Of more the pins are taken for busy in between.
constexpr std::size_t kMostBooked = 16;
// Slices for which idle time is remembered: each stream comes to its next one meanwhile.
constexpr std::int64_t kIdleFor = 16;

}  // namespace

// As much as passes in idle time; when the last of it has.
Wide Channel::take_idle(Wide& length, Wide from) {
  Wide passed = from;
  std::deque<Idle> left;
  for (Idle& idle : idle_) {
    if (++idle.asked > kIdleFor) continue;
    const Wide begin = std::max(idle.begin, from);
    const Wide end = std::min(idle.end, begin + length);
    if (begin >= end) {
      left.push_back(idle);
      continue;
    }
    length -= end - begin;
    passed = end;
    if (idle.begin < begin) left.push_back({idle.begin, begin, idle.asked});
    if (end < idle.end) left.push_back({end, idle.end, idle.asked});
  }
  idle_ = std::move(left);
  return passed;
}

void Channel::leave_idle(Wide until) {
  Wide from = free_;
  for (const Booked& result : booked_) {
    if (result.begin >= until) break;
    if (from < result.begin) idle_.push_back({from, result.begin, 0});
    from = result.end;
  }
  if (from < until) idle_.push_back({from, until, 0});
}

Wide Channel::load(Wide length, Wide from) {
  const Wide passed = take_idle(length, from);
  if (length == 0) return passed;
  Wide at = std::max(free_, from);
  leave_idle(at);
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

std::vector<Wide> Channel::idle(Wide zero) const {
  std::vector<Wide> out;
  for (const Idle& idle : idle_) {
    out.push_back(idle.begin - zero);
    out.push_back(idle.end - zero);
    out.push_back(idle.asked);
  }
  return out;
}

void Channel::shift(Wide ticks) {
  free_ = std::max(Wide{0}, free_ + ticks);
  for (Idle& idle : idle_) {
    idle.begin = std::max(Wide{0}, idle.begin + ticks);
    idle.end += ticks;
  }
  std::erase_if(idle_, [](const Idle& idle) { return idle.end <= idle.begin; });
  for (Booked& result : booked_) {
    result.begin = std::max(free_, result.begin + ticks);
    result.end += ticks;
  }
  for (; !booked_.empty() && booked_.front().begin <= free_; booked_.pop_front())
    free_ = std::max(free_, booked_.front().end);
}

}  // namespace einfall::mappings
