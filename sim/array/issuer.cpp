#include "sim/array/issuer.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

Issuer::Issuer(Slots slots, std::vector<std::size_t> ends)
    : slots_(std::move(slots)), ends_(std::move(ends)) {
  EINFALL_ENSURE(std::is_sorted(ends_.begin(), ends_.end()), "operations of an issuer");
  EINFALL_ENSURE((ends_.empty() ? 0 : ends_.back()) == slots_.size(), "slots of an issuer");
}

const Instruction* Issuer::offered(std::int64_t started) const {
  return open(started) && slots_[slot_] ? &*slots_[slot_] : nullptr;
}

void Issuer::tick(std::int64_t started, bool issued) {
  const bool offers = offered(started) != nullptr;
  EINFALL_ENSURE(offers || !issued, "an instruction that was not offered");
  if (issued) {
    if (began_.size() == static_cast<std::size_t>(finished_)) began_.push_back(cycle_);
    last_issued_ = cycle_;
  }
  if (open(started) && (issued || !offers)) ++slot_;
  ++cycle_;
  while (static_cast<std::size_t>(finished_) < ends_.size() && finished_ < started &&
         slot_ >= ends_[static_cast<std::size_t>(finished_)])
    ++finished_;
}

}  // namespace einfall::sim
