#include "mappings/program/turns.hpp"

#include <algorithm>

#include "mappings/program/common_loops.hpp"

namespace einfall::mappings {
Turns::Turns(const Program& program, const Engine& engine, const std::vector<Cursor>& cursors)
    : operations_(engine.operations), cursors_(cursors) {
  for (const std::size_t x : operations_)
    for (const std::size_t y : operations_) {
      const Operation& a = program.operations[x];
      const Operation& b = program.operations[y];
      const bool by_slot = a.group.valid() && a.group == b.group;
      std::size_t levels = common_levels(program, a, b);
      if (by_slot) levels = std::min(levels, a.run_from);
      const bool first =
          by_slot && a.offset != b.offset ? a.offset < b.offset : a.sequence < b.sequence;
      pairs_.push_back({levels, by_slot, first});
    }
  sort();
}

bool Turns::before(std::size_t a, std::size_t b) const {
  const Pair& pair = pairs_[a * operations_.size() + b];
  const Cursor& at_a = cursor(a);
  const Cursor& at_b = cursor(b);
  // From the innermost outwards, so that no branch depends on where they differ.
  const std::int64_t* digits_a = at_a.at().digits().data();
  const std::int64_t* digits_b = at_b.at().digits().data();
  int order = 0;
  for (std::size_t i = pair.levels; i-- > 0;) {
    order = digits_a[i] < digits_b[i] ? -1 : order;
    order = digits_a[i] > digits_b[i] ? 1 : order;
  }
  if (order != 0) return order < 0;
  if (pair.by_slot && at_a.slot() != at_b.slot()) return at_a.slot() < at_b.slot();
  return pair.first;
}

// Mostly it comes again when all others have had their turn, or at once: as the one before it did.
void Turns::moved_on() {
  const std::size_t moved = order_.front();
  if (cursor(moved).done()) {
    order_.erase(order_.begin());
    return;
  }
  if (order_.size() > 1 && at_once_ && before(moved, order_[1])) return;
  std::size_t place = order_.size() - 1;
  if (place > 0 && before(moved, order_[place])) {
    place = 0;
    while (!before(moved, order_[place + 1])) ++place;
  }
  at_once_ = place == 0;
  for (std::size_t i = 0; i < place; ++i) order_[i] = order_[i + 1];
  order_[place] = moved;
}

void Turns::sort() {
  order_.clear();
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    if (cursor(i).done()) continue;
    auto place = order_.end();
    while (place != order_.begin() && before(i, *(place - 1))) --place;
    order_.insert(place, i);
  }
}

}  // namespace einfall::mappings
