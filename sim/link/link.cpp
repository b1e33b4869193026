#include "sim/link/link.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

Link::Link(const LinkSpec& spec) : spec_(spec) {
  EINFALL_ENSURE(spec.latency >= 0 && spec.width >= 1, "latency and width of a link");
  begin_cycle();
}

void Link::begin_cycle() {
  const std::int64_t room =
      (spec_.latency + 1) * spec_.width - static_cast<std::int64_t>(words_.size());
  room_ = static_cast<int>(std::min<std::int64_t>(spec_.width, room));
  pushed_ = popped_ = 0;
}

void Link::push(float word) {
  EINFALL_ENSURE(ready() > 0, "a word for a link that is not ready");
  words_.push_back({word, cycle_ + spec_.latency});
  ++pushed_;
}

int Link::valid() const {
  const auto under_way = std::partition_point(words_.begin(), words_.end(),
                                              [&](const Word& w) { return w.there <= cycle_; });
  return static_cast<int>(
      std::min<std::int64_t>(spec_.width - popped_, under_way - words_.begin()));
}

std::vector<float> Link::there() const {
  std::vector<float> words(static_cast<std::size_t>(valid()));
  std::transform(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(words.size()),
                 words.begin(), [](const Word& w) { return w.value; });
  return words;
}

float Link::pop() {
  EINFALL_ENSURE(valid() > 0, "a word of a link that is not there");
  const float value = words_.front().value;
  words_.pop_front();
  ++popped_;
  return value;
}

void Link::tick() {
  ++cycle_;
  begin_cycle();
}

}  // namespace einfall::sim
