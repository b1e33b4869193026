#include "sim/stream/row_writer.hpp"

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace einfall::sim {

RowWriter::RowWriter(const RowWriterSpec& spec, std::vector<std::int64_t> order)
    : spec_(spec), order_(std::move(order)), next_(static_cast<std::size_t>(spec.lanes), 0) {
  EINFALL_ENSURE(spec.lanes >= 1 && spec.depth >= 1 && spec.row_words >= spec.lanes,
                 "size of a writer of rows");
}

const RowRequest* RowWriter::offered() const {
  return open_.empty() || open_.front().missing > 0 ? nullptr : &open_.front().row;
}

void RowWriter::tick(bool taken, std::span<const Word> words) {
  if (fault_) return;
  if (taken) {
    EINFALL_ENSURE(offered() != nullptr, "a row that was not offered");
    open_.pop_front();
    ++first_;
  }
  for (std::size_t lane = 0; lane < words.size() && !fault_; ++lane)
    if (words[lane].valid) put(static_cast<int>(lane), words[lane].value);
  ++cycle_;
}

void RowWriter::put(int lane, float value) {
  const auto l = static_cast<std::size_t>(lane);
  const std::int64_t row = next_[l]++;
  if (row == static_cast<std::int64_t>(order_.size())) {
    fault_ = fmt::format("cycle {}, lane {}: a word leaves that belongs to no row", cycle_, lane);
    return;
  }
  const auto place = static_cast<std::size_t>(row - first_);
  if (place >= static_cast<std::size_t>(spec_.depth)) {
    fault_ = fmt::format("cycle {}, lane {}: a word leaves, and all {} rows of the writer wait",
                         cycle_, lane, spec_.depth);
    return;
  }
  while (open_.size() <= place) {
    const auto begun = static_cast<std::size_t>(first_) + open_.size();
    std::vector<float> empty(static_cast<std::size_t>(spec_.row_words), 0.0F);
    open_.push_back({{true, order_[begun], std::move(empty)}, spec_.lanes});
  }
  open_[place].row.words[l] = value;
  --open_[place].missing;
}

}  // namespace einfall::sim
