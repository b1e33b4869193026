#include "sim/dma/dma.hpp"

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
  for (; channel.valid() && !to_.empty(); to_.pop_front())
    queue_.push_back({true, to_.front(), channel.take()});
  while (unasked_ > 0 && channel.ready() &&
         to_.size() + queue_.size() < static_cast<std::size_t>(spec_.queue_rows)) {
    passed_ = channel.request(next_from_++);
    to_.push_back(next_to_++);
    --unasked_;
  }
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
