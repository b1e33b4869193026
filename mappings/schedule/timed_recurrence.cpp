#include "mappings/schedule/timed_recurrence.hpp"

#include <algorithm>
#include <numeric>

#include "mappings/schedule/timed_executor.hpp"

namespace einfall::mappings {
namespace {

Wide left_on_pins(const RunSeam* before) {
  if (before == nullptr) return 0;
  Wide ticks = before->channel.free();
  const std::vector<Wide> behind = before->channel.behind(0);
  for (std::size_t i = 0; i + 1 < behind.size(); i += 2) ticks += behind[i + 1] - behind[i];
  return ticks;
}

}  // namespace

TimedExecutor::TimedExecutor(const Timetable& timetable, const RecurrenceOptions& options,
                             const TimetableRun* run, const RunSeam* before)
    : t_(timetable),
      epochs_(timetable, run),
      options_(options),
      rate_(tick_rate(timetable)),
      edges_to_(timetable.ops.size()),
      loads_of_(timetable.ops.size()),
      stores_of_(timetable.ops.size() + timetable.tails.size()),
      keep_(timetable.ops.size(), 0),
      behind_(timetable.tails.size(), 0),
      pieces_(timetable.stores.size(), 0),
      ops_(timetable.ops.size()),
      tails_(timetable.tails.size(), TimedVisit{0, -kNever, {}}),
      stores_(timetable.stores.size()),
      pins_(rate_, left_on_pins(before)),
      ports_(timetable.port_rates) {
  std::size_t units = t_.bounds.resource.size();
  for (const TimetableOp& op : t_.ops) units = std::max(units, op.unit + 1);
  for (const TimetableTail& tail : t_.tails) units = std::max(units, tail.unit + 1);
  units_.resize(units);
  for (std::size_t e = 0; e < t_.edges.size(); ++e) {
    edges_to_[t_.edges[e].to].push_back(e);
    keep_[t_.edges[e].from] = std::max(keep_[t_.edges[e].from], t_.edges[e].delay);
  }
  for (const TimetableTail& tail : t_.tails) {
    for (const TimetableTail::Wait& wait : tail.waits)
      keep_[wait.op] = std::max(keep_[wait.op], wait.delay);
    for (const TimetableTail::Behind& wait : tail.behind)
      behind_[wait.tail] = std::max(behind_[wait.tail], wait.delay);
  }
  for (std::size_t l = 0; l < t_.loads.size(); ++l) {
    const TimetableLoad& load = t_.loads[l];
    for (const std::size_t reader : load.readers) loads_of_[reader].push_back(l);
    reader_.push_back(*std::min_element(load.readers.begin(), load.readers.end()));
    loads_.push_back({LoadOrder(load, epochs_), {}, 0});
    loads_.back().there.assign(loads_.back().order.held().size(), 0);
  }
  for (std::size_t s = 0; s < t_.stores.size(); ++s) {
    stores_of_[t_.stores[s].maker].push_back(s);
    if (before == nullptr || s >= before->left.size()) continue;
    stores_[s].left = before->left[s];
    stores_[s].taken = static_cast<std::int64_t>(before->left[s].size());
  }
  engines_.resize(units + loads_.size() + stores_.size());
  const auto parts = [](const std::vector<TimetableRows>& rows) {
    return std::vector<Wide>(rows.size(), 0);
  };
  for (const TimetableOp& op : t_.ops) carried_.push_back(parts(op.rows));
  for (const TimetableTail& tail : t_.tails) carried_.push_back(parts(tail.rows));
  for (const TimetableLoad& load : t_.loads) carried_.push_back(parts(load.rows));
  for (const TimetableStore& store : t_.stores) carried_.push_back(parts(store.rows));
  for (const LoopLevel& level : loop_levels(t_, epochs_.masked()))
    levels_.push_back({level, {}, {}, 0});
  add_items();
  result_.busy_cycles.assign(units, 0);
}

void TimedExecutor::add_items() {
  std::vector<std::size_t> order(t_.ops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return t_.ops[a].start % t_.interval < t_.ops[b].start % t_.interval;
  });
  const std::vector<std::size_t> anchors = tail_anchors(t_);
  items_.resize(units_.size());
  order_of_.resize(t_.ops.size());
  leader_ = order.front();
  for (const std::size_t op : order)
    if (stage(op) == 0) {
      leader_ = op;
      break;
    }
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t op = order[i];
    order_of_[op] = i;
    items_[t_.ops[op].unit].push_back({false, op, op, i});
    for (std::size_t tail = 0; tail < t_.tails.size(); ++tail)
      if (anchors[tail] == op) items_[t_.tails[tail].unit].push_back({true, tail, op, i});
  }
}

// Rows that it moves each time, asked for while it is under way.
void TimedExecutor::share(std::size_t engine, const Rows& moved, std::int64_t epoch,
                          std::int64_t issue, std::int64_t now) {
  asked_.assign(t_.port_rates.size(), 0);
  for (std::size_t i = 0; i < moved.each.size(); ++i) {
    const TimetableRows& rows = moved.each[i];
    const bool here =
        std::all_of(rows.only.begin(), rows.only.end(), [&](const TimetableRows::Loop& loop) {
          return epoch / loop.inner % loop.trips == (rows.last ? loop.trips - 1 : 0);
        });
    if (!here) continue;
    Wide& carried = carried_[moved.numbered][i];
    Wide part = rows.rows.numerator() * moved.part / moved.whole;
    Wide row = rows.rows.denominator();
    for (const TimetableCut& cut : rows.cuts) {
      part *= cut.at(epoch);
      row *= cut.extent;
    }
    carried += part;
    const auto whole = static_cast<std::int64_t>(carried / row);
    carried %= row;
    for (const std::size_t group : rows.groups) asked_[group] += whole;
  }
  ports_.begin(engine, issue, asked_, now);
}

void TimedExecutor::begin_unit(std::size_t u, std::int64_t now) {
  TimedUnit& unit = units_[u];
  const Item& item = items_[u][unit.item];
  const std::int64_t position = unit.slot - stage(item.anchor);
  const std::int64_t epoch = epochs_.epoch_at(position);
  const std::size_t maker = item.tail ? t_.ops.size() + item.index : item.index;
  const TileTiming& timing = item.tail ? t_.tails[item.index].timing : t_.ops[item.index].timing;
  engines_[u] = {true, now, now + timing.issue, 0};
  result_.busy_cycles[u] += timing.issue;
  end_ = std::max({end_, now + timing.issue, now + timing.complete()});
  for (const std::size_t s : stores_of_[maker])
    stores_[s].taken += item.tail ? 1 : epochs_.visits_behind(t_.tails.size() + s, epoch);
  if (item.tail) {
    tails_[item.index] = {position, now, {}};
  } else {
    TimedOp& op = ops_[item.index];
    op.begun = position + 1;
    while (!op.recent.empty() && op.recent.front().value(keep_[item.index], false) <= now)
      op.recent.pop_front();
    op.recent.push_back({position, now, {}});
    ++executed_;
  }
  share(u, {item.tail ? t_.tails[item.index].rows : t_.ops[item.index].rows, maker}, epoch,
        timing.issue, now);
}

void TimedExecutor::begin_transfer(std::size_t engine, const PinOrder::Key& key, std::int64_t bytes,
                                   std::int64_t now) {
  delays_.clear();
  const std::int64_t passed = pins_.pass(engine, key, bytes, now, delays_);
  engines_[engine] = {true, now, passed, 0};
  for (const PinOrder::Delay& delay : delays_) {
    if (engines_[delay.who].start == now) ports_.lengthen(delay.who, delay.cycles);
    engines_[delay.who].until += delay.cycles;
  }
}

// Begins what may; false if nothing.
bool TimedExecutor::go(std::size_t engine, std::int64_t now) {
  if (engines_[engine].busy) return false;
  engines_[engine].ready = ready(engine);
  if (engines_[engine].ready > now) return false;
  if (engine < units_.size()) {
    begin_unit(engine, now);
    return true;
  }
  const std::size_t ends = t_.ops.size() + t_.tails.size();
  if (engine < store_engine(0)) {
    const std::size_t l = engine - units_.size();
    TimedLoad& load = loads_[l];
    const std::int64_t position = *load.order.next();
    const std::int64_t epoch = epochs_.epoch_at(position);
    load.place = load.order.of(epoch).place;
    load.there[load.place] = kNever;
    load.order.take();
    const std::int64_t bytes = t_.loads[l].bytes_at(epoch);
    result_.loaded_bytes += bytes;
    begin_transfer(engine, {position + stage(reader_[l]), order_of_[reader_[l]], l}, bytes, now);
    share(engine, {t_.loads[l].rows, ends + l, bytes, std::max<std::int64_t>(1, t_.loads[l].bytes)},
          epoch, engines_[engine].until - now, now);
    return true;
  }
  const std::size_t s = engine - store_engine(0);
  const std::int64_t bytes = stores_[s].made.front().bytes;
  stores_[s].made.pop_front();
  const std::size_t maker = t_.stores[s].maker;
  PinOrder::Key key{pieces_[s]++, 0, loads_.size() + s};
  if (maker < t_.ops.size()) {
    std::get<0>(key) = ops_[maker].ended - 1 + stage(maker);
    std::get<1>(key) = order_of_[maker];
  }
  begin_transfer(engine, key, bytes, now);
  share(engine, {t_.stores[s].rows, ends + loads_.size() + s, bytes, t_.stores[s].bytes}, 0,
        engines_[engine].until - now, now);
  return true;
}

void TimedExecutor::end(std::size_t engine, std::int64_t now) {
  TimedEngine& at = engines_[engine];
  at.busy = false;
  if (engine >= store_engine(0)) {
    TimedStore& store = stores_[engine - store_engine(0)];
    for (; !store.left.empty() && store.left.front() <= now; store.left.pop_front()) --store.taken;
    store.left.push_back(now + t_.memory_latency);
    stored_ = std::max(stored_, now + t_.memory_latency);
    return;
  }
  if (engine >= units_.size()) {
    TimedLoad& load = loads_[engine - units_.size()];
    load.there[load.place] = now + t_.memory_latency;
    return;
  }
  TimedUnit& unit = units_[engine];
  const Item& item = items_[engine][unit.item];
  const std::int64_t position = unit.slot - stage(item.anchor);
  const std::size_t maker = item.tail ? t_.ops.size() + item.index : item.index;
  const TileTiming& timing = item.tail ? t_.tails[item.index].timing : t_.ops[item.index].timing;
  const std::int64_t complete = at.start + timing.complete() + at.held;
  end_ = std::max({end_, now, complete});
  for (const std::size_t s : stores_of_[maker]) {
    const std::int64_t epoch = epochs_.epoch_at(position);
    const std::int64_t made = item.tail ? 1 : epochs_.visits_behind(t_.tails.size() + s, epoch);
    stores_[s].made.insert(stores_[s].made.end(), static_cast<std::size_t>(made),
                           {complete, t_.stores[s].bytes_at(epoch)});
  }
  if (item.tail) {
    ++unit.visits;
    return;
  }
  ops_[item.index].ended = position + 1;
  ++unit.item;
  if (unit.item < items_[engine].size()) return;
  unit.item = 0;
  ++unit.slot;
}

// Ports hold up what is under way.
void TimedExecutor::hold(std::size_t engine, std::int64_t cycles, std::int64_t now) {
  TimedEngine& at = engines_[engine];
  at.until += cycles;
  at.held += cycles;
  if (engine >= units_.size()) return;
  const Item& item = items_[engine][units_[engine].item];
  (item.tail ? tails_[item.index] : ops_[item.index].recent.back()).held.emplace_back(now, cycles);
}

bool TimedExecutor::units_done() {
  for (std::size_t u = 0; u < units_.size(); ++u)
    if (engines_[u].busy || settle_item(u)) return false;
  return true;
}

std::int64_t TimedExecutor::go_on(std::int64_t now) {
  for (bool again = true; again;) {
    again = false;
    for (std::size_t e = 0; e < engines_.size(); ++e)
      if (engines_[e].busy && engines_[e].until <= now) {
        end(e, now);
        again = true;
      }
    for (std::size_t e = 0; e < engines_.size(); ++e) again = go(e, now) || again;
  }
  if (!ports_.unsettled()) return next(now);
  const std::vector<PortShares::Delay> delays = ports_.settle();
  for (const PortShares::Delay& delay : delays) hold(delay.who, delay.cycles, now);
  if (!delays.empty())
    for (std::size_t e = 0; e < engines_.size(); ++e)
      if (!engines_[e].busy) engines_[e].ready = ready(e);
  return next(now);
}

std::int64_t TimedExecutor::next(std::int64_t now) const {
  std::int64_t time = kNever;
  for (const TimedEngine& engine : engines_) {
    const std::int64_t at = engine.busy ? engine.until : engine.ready;
    if (at > now) time = std::min(time, at);
  }
  return time;
}

std::optional<RecurrenceResult> TimedExecutor::run() {
  std::int64_t now = 0;
  while (!units_done()) {
    if (now == kNever) return std::nullopt;
    const std::int64_t here = now;
    const std::int64_t then = go_on(now);
    if (options_.fast_forward) try_skip(now);
    now = then == kNever ? kNever : then + now - here;
  }
  // Results leave until the last of them is complete.
  while (now <= end_) now = go_on(now);
  result_.cycles = end_;
  const auto whole = [&](Wide ticks) {
    return static_cast<std::int64_t>((ticks + rate_.per_cycle - 1) / rate_.per_cycle);
  };
  Wide left = 0;
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const TimedEngine& engine = engines_[store_engine(s)];
    if (engine.busy) left = std::max(left, Wide{engine.until - end_} * rate_.per_cycle);
  }
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const bool passes = engines_[store_engine(s)].busy || !stores_[s].made.empty();
    for (const TimedStore::Piece& piece : stores_[s].made)
      left += Wide{piece.bytes} * rate_.per_byte;
    result_.seam.left.emplace_back();
    if (!passes) continue;
    result_.seam.left.back().push_back(whole(left) + t_.memory_latency);
    stored_ = std::max(stored_, end_ + whole(left) + t_.memory_latency);
  }
  if (left > 0) result_.seam.channel.store(left, 0);
  result_.stored = stored_;
  return std::move(result_);
}

std::optional<RecurrenceResult> run_timed_recurrence(const Timetable& timetable,
                                                     const RecurrenceOptions& options,
                                                     const TimetableRun* run,
                                                     const RunSeam* before) {
  return TimedExecutor(timetable, options, run, before).run();
}

}  // namespace einfall::mappings
