#include "sim/dma/memory_channel.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

MemoryChannel::MemoryChannel(const ChannelSpec& spec, std::span<const float> words,
                             std::int64_t more, std::size_t engines)
    : spec_(spec), rows_(spec.row_words, words, more, engines), lines_(engines) {
  EINFALL_ENSURE(spec.row_bytes > 0 && spec.bytes > 0 && spec.cycles > 0 && spec.latency >= 0,
                 "rate and latency of a memory");
}

int MemoryChannel::room(std::size_t engine) const {
  const std::int64_t free = spec_.bytes - lines_[engine].left;
  return free <= 0 ? 0 : static_cast<int>((free - 1) / takes() + 1);
}

void MemoryChannel::request(std::size_t engine, PinRow row) {
  EINFALL_ENSURE(room(engine) > 0, "a row of a memory whose pins are in use");
  lines_[engine].rows.push_back({std::move(row), takes()});
  lines_[engine].left += takes();
}

void MemoryChannel::tick() {
  for (std::int64_t units = spec_.bytes; units > 0;) {
    std::size_t first = lines_.size();
    for (std::size_t e = 0; e < lines_.size(); ++e)
      if (!lines_[e].rows.empty() &&
          (first == lines_.size() ||
           lines_[e].rows.front().row.order < lines_[first].rows.front().row.order))
        first = e;
    if (first == lines_.size()) break;
    Line& line = lines_[first];
    const std::int64_t moved = std::min(units, line.rows.front().left);
    units -= moved;
    line.left -= moved;
    line.rows.front().left -= moved;
    if (line.rows.front().left > 0) continue;
    rows_.passed(first, std::move(line.rows.front().row), rows_.cycle() + 1 + spec_.latency);
    line.rows.pop_front();
  }
  rows_.tick();
}

}  // namespace einfall::sim
