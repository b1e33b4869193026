#include "sim/dma/dram_pins.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

DramPins::DramPins(const DramPinsSpec& spec, Dram& dram, std::span<const float> words)
    : spec_(spec), dram_(dram), words_(words) {
  EINFALL_ENSURE(spec.cycle > 0 && spec.row_bytes > 0 && spec.first >= 0, "rows of a DRAM");
}

void DramPins::request(std::int64_t row) {
  EINFALL_ENSURE(room() > 0, "a row of a memory that takes none");
  --room_;
  const Tick now = cycle_ * spec_.cycle;
  const DramCompletion completion =
      dram_.access({spec_.first + row * spec_.row_bytes, base::Bytes(spec_.row_bytes), false, now});
  accepted_ = completion.accepted;
  passed_ = std::max(passed_, completion.last - dram_.latency(false));
  // Rows arrive in the order in which they were asked for.
  std::int64_t at = (completion.last + spec_.cycle - 1) / spec_.cycle;
  if (!arriving_.empty()) at = std::max(at, arriving_.back().at);
  const auto words = words_.subspan(static_cast<std::size_t>(row * spec_.row_words),
                                    static_cast<std::size_t>(spec_.row_words));
  arriving_.push_back({at, {words.begin(), words.end()}});
}

std::vector<std::vector<float>> DramPins::there() const {
  std::vector<std::vector<float>> rows;
  for (const Arrival& arrival : arriving_) {
    if (arrival.at > cycle_) break;
    rows.push_back(arrival.words);
  }
  return rows;
}

std::vector<float> DramPins::take() {
  EINFALL_ENSURE(!arriving_.empty() && arriving_.front().at <= cycle_,
                 "a row of a memory that is not there");
  std::vector<float> words = std::move(arriving_.front().words);
  arriving_.pop_front();
  return words;
}

void DramPins::tick() {
  room_ = 1;
  ++cycle_;
}

}  // namespace einfall::sim
