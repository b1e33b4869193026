#include "sim/stream/row_reader.hpp"

#include "base/ensure.hpp"

namespace einfall::sim {

RowReader::RowReader(const RowReaderSpec& spec, std::vector<Fetch> order)
    : spec_(spec), order_(std::move(order)) {
  EINFALL_ENSURE(spec.depth >= 1 && spec.words >= 1, "size of a reader of rows");
}

const Fetch* RowReader::wanted(std::int64_t counted) const {
  const int waiting = static_cast<int>(rows_.size()) + freed_;
  if (next_ == order_.size() || under_way_ + waiting >= spec_.depth) return nullptr;
  return order_[next_].after <= counted ? &order_[next_] : nullptr;
}

void RowReader::asked() {
  released_ += order_[next_++].releases ? 1 : 0;
  ++under_way_;
}

void RowReader::arrive(std::span<const float> row) {
  EINFALL_ENSURE(under_way_ > 0 && row.size() >= static_cast<std::size_t>(spec_.words),
                 "a row that nobody asked for");
  --under_way_;
  rows_.emplace_back(row.begin(), row.begin() + spec_.words);
  ++fresh_;
}

std::span<const float> RowReader::offered() const {
  if (rows_.size() == fresh_) return {};
  return std::span(rows_.front()).subspan(static_cast<std::size_t>(given_));
}

void RowReader::give(int words) {
  EINFALL_ENSURE(words <= static_cast<int>(offered().size()), "words that are not there");
  given_ += words;
  if (words == 0 || given_ < spec_.words) return;
  given_ = 0;
  rows_.pop_front();
  ++freed_;
}

}  // namespace einfall::sim
