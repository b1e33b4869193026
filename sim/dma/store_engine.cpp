#include "sim/dma/store_engine.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

StoreEngine::StoreEngine(const StoreEngineSpec& spec) : spec_(spec) {
  EINFALL_ENSURE(spec.queue_rows >= 1, "size of a store engine");
}

void StoreEngine::take(const Descriptor& descriptor) {
  EINFALL_ENSURE(ready() && descriptor.rows >= 1, "a piece for a store engine");
  unread_ = descriptor.rows;
  begun_ = false;
  next_ = descriptor;
  ends_.push_back((ends_.empty() ? 0 : ends_.back()) + descriptor.rows);
}

std::vector<RowRequest> StoreEngine::reads(const Descriptor* taken) const {
  const Descriptor& piece = taken != nullptr ? *taken : next_;
  const std::int64_t rest = taken != nullptr ? taken->rows : unread_;
  const auto held = static_cast<std::int64_t>(to_.size());
  std::vector<RowRequest> rows;
  for (std::int64_t n = 0; n < std::min(rest, spec_.queue_rows - held); ++n)
    rows.push_back({false, piece.from + n});
  return rows;
}

void StoreEngine::read(int rows) {
  EINFALL_ENSURE(rows <= unread_, "rows that no store engine wants");
  for (int n = 0; n < rows; ++n) {
    to_.push_back({next_.to++, next_.order, !begun_});
    begun_ = true;
  }
  next_.from += rows;
  unread_ -= rows;
}

void StoreEngine::arrive(std::vector<float> words) {
  EINFALL_ENSURE(queue_.size() < to_.size(), "a row that no store engine asked for");
  queue_.push_back(std::move(words));
}

std::vector<PinRow> StoreEngine::wanted(bool idle,
                                        std::span<const std::vector<float>> arriving) const {
  std::vector<PinRow> rows;
  for (std::size_t n = 0; n < std::min(to_.size(), queue_.size() + arriving.size()); ++n) {
    if (to_[n].first && (n > 0 || !idle)) break;
    const std::vector<float>& words = n < queue_.size() ? queue_[n] : arriving[n - queue_.size()];
    rows.push_back({to_[n].to, to_[n].order, true, words});
  }
  return rows;
}

void StoreEngine::asked(int rows) {
  EINFALL_ENSURE(rows <= static_cast<int>(queue_.size()), "rows that no store engine has");
  to_.erase(to_.begin(), to_.begin() + rows);
  queue_.erase(queue_.begin(), queue_.begin() + rows);
}

std::int64_t StoreEngine::completed(std::int64_t stored) const {
  return std::upper_bound(ends_.begin(), ends_.end(), stored) - ends_.begin();
}

}  // namespace einfall::sim
