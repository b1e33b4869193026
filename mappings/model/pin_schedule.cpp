#include "mappings/model/pin_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace einfall::mappings {
namespace {

constexpr double kRounding = 1e-6;    // in cycles
constexpr double kPrecision = 1e-14;  // of a time
constexpr double kNothing = 1e-9;
constexpr std::size_t kKnown = 1024;

}  // namespace

double PinSchedule::alone(double bytes) const { return rate_ > 0 ? std::ceil(bytes / rate_) : 0; }

bool PinSchedule::is_free(double at) const {
  if (at < begin_) return false;
  const auto place =
      std::find_if(stretches_.rbegin(), stretches_.rend(),
                   [&](const Stretch& stretch) { return stretch.end <= at + kRounding; });
  return place == stretches_.rbegin() || std::prev(place)->left >= 1;
}

PinSchedule::Passage PinSchedule::pass(double bytes, double now) {
  if (bytes == 0 || rate_ == 0) return {now, bytes == 0 ? now : now + latency_};
  busy_ += bytes / rate_;
  const double until = take(bytes / rate_, now) - fraction_;
  const double passed = std::ceil(until - std::max(kRounding, until * kPrecision)) + fraction_;
  for (; stretches_.size() > kKnown; stretches_.pop_front()) begin_ = stretches_.front().end;
  return {passed, passed + latency_};
}

// The number of the stretch that begins at this cycle, not before the first.
std::size_t PinSchedule::cut(double at) {
  const auto place =
      std::lower_bound(stretches_.begin(), stretches_.end(), at,
                       [](const Stretch& stretch, double cycle) { return stretch.end < cycle; });
  const auto number = static_cast<std::size_t>(place - stretches_.begin());
  if (place == stretches_.end()) {
    if (at <= (number == 0 ? begin_ : stretches_.back().end)) return number;
    stretches_.push_back({at, 1});
    return number + 1;
  }
  if (place->end == at) return number + 1;
  const double begin = number == 0 ? begin_ : stretches_[number - 1].end;
  if (at <= begin) return number;
  stretches_.insert(place, {at, stretches_[number].left});
  return number + 1;
}

// Takes what is left from a cycle on, until it has so many cycles of it: when that is.
double PinSchedule::take(double cycles, double from) {
  from = std::max(from, begin_);
  const std::size_t first = cut(from);
  std::size_t at = first;
  double begin = from;
  for (; at < stretches_.size() && cycles > kNothing; begin = stretches_[at++].end) {
    Stretch& here = stretches_[at];
    if (here.left <= kNothing) continue;
    const double whole = (here.end - begin) * here.left;
    if (whole > cycles) {
      const double end = begin + cycles / here.left;
      if (end <= begin) break;  // less than can be told from nothing
      const std::size_t behind = cut(end);
      stretches_[behind - 1].left = 0;
      merge(first, behind);
      return end;
    }
    cycles -= whole;
    here.left = 0;
  }
  if (at == stretches_.size() && cycles > kNothing) {
    begin += cycles;
    stretches_.push_back({begin, 0});
  }
  merge(first, stretches_.size());
  return begin;
}

// Makes one of neighbours from `first` up to, not including, `last` of which the same is left.
void PinSchedule::merge(std::size_t first, std::size_t last) {
  std::size_t kept = first > 0 ? first - 1 : 0;
  last = std::min(last + 1, stretches_.size());
  if (kept >= last) return;
  for (std::size_t i = kept + 1; i < last; ++i) {
    if (std::abs(stretches_[kept].left - stretches_[i].left) <= kNothing)
      stretches_[kept].end = stretches_[i].end;
    else
      stretches_[++kept] = stretches_[i];
  }
  stretches_.erase(stretches_.begin() + static_cast<std::ptrdiff_t>(kept) + 1,
                   stretches_.begin() + static_cast<std::ptrdiff_t>(last));
}

void PinSchedule::stretch(double from, double cycles, double left) {
  if (cycles == 0) return;
  fraction_ = std::fmod(std::fmod(fraction_ + cycles, 1) + 1, 1);
  from = std::max(from, begin_);
  const std::size_t first = cut(from);
  const auto at = stretches_.begin() + static_cast<std::ptrdiff_t>(first);
  for (auto here = at; here != stretches_.end(); ++here)
    here->end = std::max(from, here->end + cycles);
  if (cycles > 0)
    stretches_.insert(at, {from + cycles, std::clamp(left, 0.0, 1.0)});
  else
    stretches_.erase(at, std::find_if(at, stretches_.end(),
                                      [&](const Stretch& here) { return here.end > from; }));
}

}  // namespace einfall::mappings
