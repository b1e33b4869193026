#include "sim/dma/load_engine.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

LoadEngine::LoadEngine(const LoadEngineSpec& spec) : spec_(spec), room_(spec.slots) {
  EINFALL_ENSURE(spec.slots >= 1 && spec.queue_rows >= 1, "size of a load engine");
}

void LoadEngine::release() {
  EINFALL_ENSURE(room_ < spec_.slots, "room of a load engine that nobody has");
  ++room_;
}

void LoadEngine::take(const Descriptor& descriptor) {
  EINFALL_ENSURE(ready() && descriptor.rows >= 1, "a piece for a load engine");
  --room_;
  unasked_ = descriptor.rows;
  next_ = descriptor;
  unwritten_.push_back(descriptor.rows);
}

std::vector<PinRow> LoadEngine::wanted(const Descriptor* taken) const {
  const auto held = static_cast<std::int64_t>(to_.size() + queue_.size());
  const Descriptor& piece = taken != nullptr ? *taken : next_;
  const std::int64_t rest = taken != nullptr ? taken->rows : unasked_;
  std::vector<PinRow> rows;
  for (std::int64_t n = 0; n < std::min(rest, spec_.queue_rows - held); ++n)
    rows.push_back({piece.from + n, piece.order});
  return rows;
}

void LoadEngine::asked(int rows) {
  EINFALL_ENSURE(rows <= unasked_, "rows that no load engine wants");
  for (int n = 0; n < rows; ++n) to_.push_back(next_.to++);
  next_.from += rows;
  unasked_ -= rows;
}

void LoadEngine::arrive(std::vector<float> words) {
  EINFALL_ENSURE(!to_.empty(), "a row that no load engine asked for");
  queue_.push_back({true, to_.front(), std::move(words)});
  to_.pop_front();
}

std::vector<RowRequest> LoadEngine::offers(std::span<const std::vector<float>> arriving) const {
  std::vector<RowRequest> rows(queue_.begin(), queue_.end());
  for (std::size_t n = 0; n < std::min(arriving.size(), to_.size()); ++n)
    rows.push_back({true, to_[n], arriving[n]});
  return rows;
}

void LoadEngine::tick(int taken) {
  for (int n = 0; n < taken; ++n) {
    queue_.pop_front();
    if (--unwritten_.front() > 0) continue;
    unwritten_.pop_front();
    ++completed_;
  }
}

}  // namespace einfall::sim
