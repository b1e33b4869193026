#include "mappings/schedule/load_order.hpp"

#include <algorithm>

namespace einfall::mappings {

LoadOrder::LoadOrder(const TimetableLoad& load, const EpochOrder& epochs)
    : load_(load), epochs_(epochs) {
  held_.assign(static_cast<std::size_t>(load.copies * load.pieces), -1);
}

LoadOrder::Piece LoadOrder::of(std::int64_t epoch) const {
  const std::int64_t block = epoch / load_.block;
  const std::int64_t piece = (epoch % load_.block / load_.every) % load_.pieces;
  return {static_cast<std::size_t>(block % load_.copies * load_.pieces + piece), block};
}

void LoadOrder::take() {
  const Piece here = of(epochs_.epoch_at(position_));
  held_[here.place] = here.block;
  find();
  free_behind_ = last_use();
}

// The next position whose piece has not been taken.
void LoadOrder::find() {
  while (position_ < epochs_.count()) {
    const std::int64_t epoch = epochs_.epoch_at(position_);
    const Piece here = of(epoch);
    if (held_[here.place] < here.block) return;
    const std::int64_t first = epoch / load_.block * load_.block;
    const auto begin = held_.begin() + here.block % load_.copies * load_.pieces;
    const std::int64_t step = (epoch - first) / load_.every + 1;
    const bool all = step >= load_.pieces &&
                     std::all_of(begin, begin + load_.pieces,
                                 [&](std::int64_t block) { return block >= here.block; });
    position_ = epochs_.position_from(
        first + (all ? load_.block : std::min(step * load_.every, load_.block)));
  }
}

// The position behind all that read what is in the place of the next piece; 0 if nothing is.
std::int64_t LoadOrder::last_use() const {
  if (position_ >= epochs_.count()) return 0;
  const Piece here = of(epochs_.epoch_at(position_));
  const std::int64_t old = held_[here.place];
  if (old < 0) return 0;
  // The last time that the old block comes to this piece.
  const std::int64_t piece = static_cast<std::int64_t>(here.place) % load_.pieces;
  const std::int64_t steps = std::max<std::int64_t>(1, load_.block / load_.every);
  const std::int64_t last = piece + (steps - 1 - piece) / load_.pieces * load_.pieces;
  return epochs_.position_from(old * load_.block + std::min(load_.block, (last + 1) * load_.every));
}

void LoadOrder::shift(std::int64_t epochs) {
  const std::int64_t blocks = epochs / load_.block;
  const std::int64_t turn = blocks % load_.copies * load_.pieces;
  std::rotate(held_.begin(), held_.end() - turn, held_.end());
  for (std::int64_t& block : held_) block += blocks;
  position_ += epochs;
  free_behind_ = last_use();
}

}  // namespace einfall::mappings
