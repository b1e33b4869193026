#include "sim/dma/memory_channel.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

MemoryChannel::MemoryChannel(const ChannelSpec& spec, std::span<const float> words)
    : spec_(spec), words_(words) {
  EINFALL_ENSURE(spec.row_bytes > 0 && spec.bytes > 0 && spec.cycles > 0 && spec.latency >= 0,
                 "rate and latency of a memory");
}

std::int64_t MemoryChannel::request(std::int64_t row) {
  EINFALL_ENSURE(ready(), "a row of a memory whose pins are in use");
  used_ += spec_.row_bytes * spec_.cycles;
  const std::int64_t passed = cycle_ + (used_ + spec_.bytes - 1) / spec_.bytes;
  const auto words = words_.subspan(static_cast<std::size_t>(row * spec_.row_words),
                                    static_cast<std::size_t>(spec_.row_words));
  arriving_.push_back({passed + spec_.latency, {words.begin(), words.end()}});
  return passed;
}

int MemoryChannel::room() const {
  if (!ready()) return 0;
  return static_cast<int>((spec_.bytes - used_ - 1) / (spec_.row_bytes * spec_.cycles) + 1);
}

std::vector<std::vector<float>> MemoryChannel::there() const {
  std::vector<std::vector<float>> rows;
  for (const Arrival& arrival : arriving_) {
    if (arrival.at > cycle_) break;
    rows.push_back(arrival.words);
  }
  return rows;
}

std::vector<float> MemoryChannel::take() {
  EINFALL_ENSURE(valid(), "a row of a memory that is not there");
  std::vector<float> words = std::move(arriving_.front().words);
  arriving_.pop_front();
  return words;
}

void MemoryChannel::tick() {
  used_ = std::max<std::int64_t>(0, used_ - spec_.bytes);
  ++cycle_;
}

}  // namespace einfall::sim
