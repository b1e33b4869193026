#include "mappings/model/nest_queue.hpp"

#include <algorithm>

namespace einfall::mappings {

NestValue NestSlice::at(std::int64_t piece) const {
  if (piece <= from || latest == from) return {first, first_visit};
  const double part = static_cast<double>(piece - from) / static_cast<double>(latest - from);
  return {first + (last - first) * std::min(1.0, part), last_visit};
}

NestQueue::NestQueue(std::size_t ahead, std::optional<std::int64_t> room)
    : ahead_(ahead), room_(room) {
  const std::int64_t last = room.value_or(1) - 1;
  slices_.assign(ahead, {0, 0, last, last});
}

void NestQueue::give(const std::vector<std::int64_t>& slice, std::int64_t piece, double time,
                     std::int64_t visit) {
  if (made_ != slice) {
    made_ = slice;
    if (slices_.size() >= kLongest) slices_.pop_front();
    slices_.push_back({time, time, piece, piece, visit, visit});
  } else if (!slices_.empty()) {
    slices_.back().last = time;
    slices_.back().latest = piece;
    slices_.back().last_visit = visit;
  }
}

std::optional<NestValue> NestQueue::take(const std::vector<std::int64_t>& slice,
                                         std::int64_t piece) {
  if (read_ != slice) {
    if (read_ && !slices_.empty()) {
      if (room_) before_.push_front(slices_.front());
      if (before_.size() > kLeft) before_.pop_back();
      slices_.pop_front();
    }
    read_ = slice;
  }
  if (slices_.empty()) return std::nullopt;
  piece -= left_over();
  if (piece >= 0) return slices_.front().at(piece);
  for (const NestSlice& left : before_) {
    piece += left.latest + 1;
    if (piece >= 0) return left.at(piece);
  }
  return std::nullopt;
}

// Pieces for which the slices that the next one takes the place of had more room than they needed.
std::int64_t NestQueue::left_over() const {
  if (!room_) return 0;
  std::int64_t pieces = 0;
  for (std::size_t s = 0; s < std::min(ahead_, slices_.size()); ++s)
    pieces += *room_ - 1 - slices_[s].latest;
  return pieces;
}

}  // namespace einfall::mappings
