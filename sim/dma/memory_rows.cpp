#include "sim/dma/memory_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

MemoryRows::MemoryRows(int row_words, std::span<const float> words, std::int64_t more,
                       std::size_t engines)
    : lines_(engines) {
  EINFALL_ENSURE(row_words >= 1 && more >= 0 && engines >= 1, "size of a memory");
  const auto width = static_cast<std::size_t>(row_words);
  for (std::size_t at = 0; at + width <= words.size(); at += width) {
    const auto row = words.subspan(at, width);
    rows_.emplace_back(row.begin(), row.end());
  }
  rows_.resize(rows_.size() + static_cast<std::size_t>(more));
}

void MemoryRows::passed(std::size_t engine, PinRow row, std::int64_t at) {
  std::deque<Way>& ways = lines_[engine].on_their_way;
  if (!ways.empty()) at = std::max(at, ways.back().at);
  ways.push_back({at, std::move(row)});
}

std::vector<float> MemoryRows::take(std::size_t engine) {
  std::vector<std::vector<float>>& there = lines_[engine].there;
  EINFALL_ENSURE(!there.empty(), "a row of a memory that is not there");
  std::vector<float> words = std::move(there.front());
  there.erase(there.begin());
  return words;
}

void MemoryRows::tick() {
  if (fault_) return;
  ++cycle_;
  // What was written in the cycle before is seen by what is read in this one.
  for (Line& line : lines_)
    while (!line.on_their_way.empty() && line.on_their_way.front().row.write &&
           line.on_their_way.front().at < cycle_) {
      PinRow& row = line.on_their_way.front().row;
      EINFALL_ENSURE(row.row >= 0 && row.row < static_cast<std::int64_t>(rows_.size()),
                     "row of a memory");
      rows_[static_cast<std::size_t>(row.row)] = std::move(row.words);
      line.on_their_way.pop_front();
      ++line.stored;
    }
  for (std::size_t engine = 0; engine < lines_.size(); ++engine) arrive(engine);
}

void MemoryRows::arrive(std::size_t engine) {
  std::deque<Way>& ways = lines_[engine].on_their_way;
  for (; !ways.empty() && !ways.front().row.write && ways.front().at <= cycle_; ways.pop_front()) {
    const std::vector<float>* row = words(ways.front().row.row);
    if (row == nullptr && !fault_)
      fault_ = fmt::format(
          "cycle {}, engine {}: row {} of the memory is read, but nothing was written to it",
          cycle_, engine, ways.front().row.row);
    if (fault_) return;
    lines_[engine].there.push_back(*row);
  }
}

const std::vector<float>* MemoryRows::words(std::int64_t row) const {
  if (row < 0 || row >= static_cast<std::int64_t>(rows_.size())) return nullptr;
  const std::vector<float>& words = rows_[static_cast<std::size_t>(row)];
  return words.empty() ? nullptr : &words;
}

}  // namespace einfall::sim
