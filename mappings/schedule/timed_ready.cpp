#include <algorithm>

#include "mappings/schedule/timed_executor.hpp"

/// From when on what comes next may begin.
namespace einfall::mappings {

// Leads the unit to its next visit; false if it has none.
bool TimedExecutor::settle_item(std::size_t u) {
  TimedUnit& unit = units_[u];
  const std::vector<Item>& items = items_[u];
  if (items.empty()) return false;
  for (;;) {
    const Item& item = items[unit.item];
    const std::int64_t position = unit.slot - stage(item.anchor);
    if (position >= 0 && position < epochs_.count() &&
        (!item.tail || unit.visits < epochs_.visits_behind(item.index, epochs_.epoch_at(position))))
      return true;
    unit.visits = 0;
    if (++unit.item < items.size()) continue;
    unit.item = 0;
    ++unit.slot;
    const bool over = std::all_of(items.begin(), items.end(), [&](const Item& each) {
      return unit.slot - stage(each.anchor) >= epochs_.count();
    });
    if (over) return false;
  }
}

std::int64_t TimedExecutor::value(std::size_t op, std::int64_t position, std::int64_t delay,
                                  bool by_clock) const {
  if (ops_[op].begun <= position) return kNever;
  for (const TimedVisit& visit : ops_[op].recent)
    if (visit.position == position) return visit.value(delay, by_clock);
  return 0;
}

// When there is room for one more piece of everything that this operation or tail stores.
std::int64_t TimedExecutor::room_behind(std::size_t maker) {
  std::int64_t from = 0;
  for (const std::size_t s : stores_of_[maker]) {
    TimedStore& store = stores_[s];
    const std::int64_t room = t_.stores[s].room;
    if (room == 0 || store.taken < room) continue;
    // Room that was given back so far, or will be.
    const auto wanted = static_cast<std::size_t>(store.taken - room);
    from = std::max(from, wanted < store.left.size() ? store.left[wanted] : kNever);
  }
  return from;
}

std::int64_t TimedExecutor::op_ready(std::size_t op, std::int64_t position) {
  std::int64_t from = room_behind(op);
  for (const std::size_t e : edges_to_[op]) {
    const ModuloEdge& edge = t_.edges[e];
    if (const auto before = epochs_.position_before(position, edge.distance))
      from = std::max(from, value(edge.from, *before, edge.delay, edge.by_clock));
  }
  const std::int64_t epoch = epochs_.epoch_at(position);
  for (const std::size_t l : loads_of_[op]) {
    const LoadOrder::Piece piece = loads_[l].order.of(epoch);
    const bool asked = loads_[l].order.held()[piece.place] >= piece.block;
    from = std::max(from, asked ? loads_[l].there[piece.place] : kNever);
  }
  return from;
}

std::int64_t TimedExecutor::tail_ready(const Item& item, std::int64_t position) {
  std::int64_t from = room_behind(t_.ops.size() + item.index);
  for (const TimetableTail::Wait& wait : t_.tails[item.index].waits)
    from = std::max(from, value(wait.op, position, wait.delay, false));
  for (const TimetableTail::Behind& wait : t_.tails[item.index].behind)
    from = std::max(from, has_followed(wait.tail, position)
                              ? tails_[wait.tail].value(wait.delay, false)
                              : kNever);
  return from;
}

// A tail has begun all its visits behind a position.
bool TimedExecutor::has_followed(std::size_t tail, std::int64_t position) const {
  const std::size_t u = t_.tails[tail].unit;
  const std::vector<Item>& items = items_[u];
  const auto item = std::find_if(items.begin(), items.end(),
                                 [&](const Item& each) { return each.tail && each.index == tail; });
  const std::pair visit{position + stage(item->anchor),
                        static_cast<std::size_t>(item - items.begin())};
  const std::pair here{units_[u].slot, units_[u].item};
  if (here != visit) return here > visit;
  const std::int64_t begun = units_[u].visits + (engines_[u].busy ? 1 : 0);
  return begun >= epochs_.visits_behind(tail, epochs_.epoch_at(position));
}

// From when on an engine that is not busy may begin; kNever: not known, or nothing is left to do.
std::int64_t TimedExecutor::ready(std::size_t engine) {
  if (engine < units_.size()) {
    if (!settle_item(engine)) return kNever;
    const Item& item = items_[engine][units_[engine].item];
    const std::int64_t position = units_[engine].slot - stage(item.anchor);
    return item.tail ? tail_ready(item, position) : op_ready(item.index, position);
  }
  if (engine < store_engine(0)) {
    const std::size_t l = engine - units_.size();
    if (!loads_[l].order.next()) return kNever;
    const std::int64_t behind = loads_[l].order.free_behind();
    const auto& readers = t_.loads[l].readers;
    const bool is_free = std::all_of(readers.begin(), readers.end(), [&](std::size_t reader) {
      return ops_[reader].ended >= behind;
    });
    return is_free ? 0 : kNever;
  }
  const TimedStore& store = stores_[engine - store_engine(0)];
  return store.made.empty() ? kNever : store.made.front().complete;
}

}  // namespace einfall::mappings
