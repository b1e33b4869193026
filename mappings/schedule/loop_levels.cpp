#include "mappings/schedule/loop_levels.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

// Whether something happens where a loop of `epochs` epochs begins anew: a slice is renewed or its
// next piece comes, a tail follows, a step of a loop is the first or the last.
bool marks(const Timetable& timetable, std::int64_t epochs) {
  const auto begins = [&](const auto& loop) {
    return loop.inner == epochs || loop.inner * loop.trips == epochs;
  };
  const auto cut = [&](const std::vector<TimetableCut>& all) {
    return std::any_of(all.begin(), all.end(), [&](const TimetableCut& each) {
      return std::any_of(each.loops.begin(), each.loops.end(), begins);
    });
  };
  const auto among = [&](const std::vector<TimetableRows>& all) {
    return std::any_of(all.begin(), all.end(), [&](const TimetableRows& rows) {
      return cut(rows.cuts) || std::any_of(rows.only.begin(), rows.only.end(), begins);
    });
  };
  const auto any = [](const auto& all, const auto& is) {
    return std::any_of(all.begin(), all.end(), is);
  };
  return any(timetable.ops, [&](const TimetableOp& op) { return among(op.rows); }) ||
         any(timetable.tails,
             [&](const TimetableTail& tail) {
               return tail.period == epochs || among(tail.rows);
             }) ||
         any(timetable.loads,
             [&](const TimetableLoad& load) {
               return load.block == epochs || load.every == epochs ||
                      load.every * load.pieces == epochs || among(load.rows) || cut(load.cuts);
             }) ||
         any(timetable.stores, [&](const TimetableStore& store) {
           return store.period == epochs || among(store.rows) || cut(store.cuts);
         });
}

}  // namespace

std::vector<LoopLevel> loop_levels(const Timetable& timetable, bool masked) {
  std::vector<LoopLevel> levels(timetable.loop_trips.size());
  std::int64_t inner = 1;
  std::size_t same = levels.size();  // loops up to this one go on as far as those inside
  for (std::size_t i = levels.size(); i-- > 0;) {
    const std::int64_t trips = timetable.loop_trips[i];
    levels[i] = {inner, trips, trips};
    if (masked || marks(timetable, inner)) same = i;
    for (std::size_t j = i + 1; j <= same && j < levels.size(); ++j) levels[j].trips *= trips;
    inner *= trips;
  }
  return levels;
}

}  // namespace einfall::mappings
