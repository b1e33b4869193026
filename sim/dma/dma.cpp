#include "sim/dma/dma.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

Dma::Dma(const DmaSpec& spec) : spec_(spec), room_(spec.slots) {
  EINFALL_ENSURE(spec.slots >= 1 && spec.queue_rows >= 1, "size of a load engine");
}

void Dma::release() {
  EINFALL_ENSURE(room_ < spec_.slots, "room of a load engine that nobody has");
  ++room_;
}

void Dma::take(const Descriptor& descriptor) {
  EINFALL_ENSURE(ready() && descriptor.rows >= 1, "a piece for a load engine");
  --room_;
  unasked_ = descriptor.rows;
  next_from_ = descriptor.from;
  next_to_ = descriptor.to;
  unwritten_.push_back(descriptor.rows);
}

void Dma::ask(MemoryChannel& channel) {
  while (channel.valid() && !to_.empty()) arrive(channel.take());
  const Descriptor rows = wanted(nullptr);
  for (std::int64_t n = 0; n < rows.rows && channel.ready(); ++n)
    asked(1, channel.request(rows.from + n));
}

Descriptor Dma::wanted(const Descriptor* taken) const {
  const auto held = static_cast<std::int64_t>(to_.size() + queue_.size());
  const Descriptor rest = taken != nullptr ? *taken : Descriptor{next_from_, next_to_, unasked_};
  return {rest.from, rest.to, std::min(rest.rows, spec_.queue_rows - held)};
}

void Dma::asked(std::int64_t rows, std::int64_t passed) {
  EINFALL_ENSURE(rows <= unasked_, "rows that no load engine wants");
  for (std::int64_t n = 0; n < rows; ++n) to_.push_back(next_to_++);
  next_from_ += rows;
  unasked_ -= rows;
  passed_ = passed;
}

void Dma::arrive(std::vector<float> words) {
  EINFALL_ENSURE(!to_.empty(), "a row that no load engine asked for");
  queue_.push_back({true, to_.front(), std::move(words)});
  to_.pop_front();
}

std::vector<RowRequest> Dma::offers(std::span<const std::vector<float>> arriving) const {
  std::vector<RowRequest> rows(queue_.begin(), queue_.end());
  for (std::size_t n = 0; n < std::min(arriving.size(), to_.size()); ++n)
    rows.push_back({true, to_[n], arriving[n]});
  return rows;
}

void Dma::tick(int taken) {
  for (int n = 0; n < taken; ++n) {
    queue_.pop_front();
    if (--unwritten_.front() > 0) continue;
    unwritten_.pop_front();
    ++completed_;
  }
  ++cycle_;
}

}  // namespace einfall::sim
