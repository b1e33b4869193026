#include "mappings/schedule/pin_order.hpp"

#include <algorithm>
#include <limits>

namespace einfall::mappings {
namespace {

constexpr std::size_t kNobody = ~std::size_t{0};

}  // namespace

PinOrder::PinOrder(const TickRate& rate, Wide busy) : rate_(rate) {
  if (busy > 0) asked_.push_back({kNobody, {std::numeric_limits<std::int64_t>::min(), 0, 0}, busy});
}

std::int64_t PinOrder::pass(std::size_t who, const Key& key, std::int64_t bytes, std::int64_t now,
                            std::vector<Delay>& delays) {
  if (bytes == 0 || rate_.per_byte == 0) return now;
  asked_.erase(std::remove_if(asked_.begin(), asked_.end(),
                              [&](const Piece& piece) { return whole(piece.end) < now; }),
               asked_.end());
  const Wide takes = Wide{bytes} * rate_.per_byte;
  std::size_t through = 0;
  while (through < asked_.size() && whole(asked_[through].end) == now) ++through;
  std::size_t place = asked_.size();
  while (place > through && key < asked_[place - 1].key) --place;
  const Wide begin = place > through ? asked_[place - 1].end : Wide{now} * rate_.per_cycle;
  for (std::size_t i = place; i < asked_.size(); ++i) {
    const std::int64_t before = whole(asked_[i].end);
    asked_[i].end += takes;
    const std::int64_t later = whole(asked_[i].end) - before;
    if (later > 0 && asked_[i].who != kNobody) delays.push_back({asked_[i].who, later});
  }
  asked_.insert(asked_.begin() + static_cast<std::ptrdiff_t>(place), {who, key, begin + takes});
  return whole(begin + takes);
}

void PinOrder::append_state(std::int64_t now, std::vector<Wide>& state) const {
  for (const Piece& piece : asked_) {
    if (whole(piece.end) <= now) continue;
    state.push_back(static_cast<Wide>(piece.who));
    state.push_back(piece.end - Wide{now} * rate_.per_cycle);
  }
  state.push_back(-1);
}

void PinOrder::shift(std::int64_t slots, std::int64_t cycles) {
  for (Piece& piece : asked_) {
    if (piece.who == kNobody) continue;
    std::get<0>(piece.key) += slots;
    piece.end += Wide{cycles} * rate_.per_cycle;
  }
}

}  // namespace einfall::mappings
