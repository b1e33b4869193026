#include "mappings/schedule/recurrence.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

#include "base/ensure.hpp"
#include "mappings/schedule/epoch_order.hpp"
#include "mappings/schedule/loop_levels.hpp"
#include "mappings/schedule/recurrence_state.hpp"
#include "mappings/schedule/timed_recurrence.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kLongAgo = -(std::int64_t{1} << 62) / 2;
constexpr std::size_t kRemembered = 2;  // periods looked for, in iterations of a loop

class Executor {
 public:
  Executor(const Timetable& timetable, const RecurrenceOptions& options, std::int64_t stamped,
           const TimetableRun* run, const RunSeam* before);
  RecurrenceResult run();

 private:
  struct Snapshot {
    std::int64_t slot = 0;
    std::int64_t now = 0;
    std::int64_t loaded = 0;
    std::vector<Wide> state;
  };
  struct Level : LoopLevel {
    std::deque<Snapshot> seen;
  };

  void step();
  void execute(std::size_t op, std::int64_t position);
  void execute_tails(std::size_t op, std::int64_t epoch, std::int64_t position);
  [[nodiscard]] std::int64_t room_behind(std::size_t maker) const;
  void store(std::size_t index, std::int64_t epoch, std::int64_t complete);
  std::int64_t arrival(std::size_t load, std::int64_t epoch);
  bool try_skip(Level& level);
  std::int64_t margin(const Level& level) const;
  void occupy(std::size_t unit, std::int64_t start, const TileTiming& timing);
  [[nodiscard]] std::int64_t start_of(std::size_t op, std::int64_t position) const {
    const auto& ring = state_.starts[op];
    return ring[static_cast<std::size_t>(position) % ring.size()];
  }

  const Timetable& t_;
  EpochOrder order_of_epochs_;
  RecurrenceOptions options_;
  std::int64_t stamped_;
  TickRate rate_;
  std::int64_t last_stage_ = 0;
  std::vector<std::size_t> order_;                   // ops of a slot
  std::vector<std::vector<std::size_t>> edges_to_;   // by op
  std::vector<std::vector<std::size_t>> loads_of_;   // by op
  std::vector<std::vector<std::size_t>> tails_at_;   // by op
  std::vector<std::vector<std::size_t>> stores_of_;  // by op, then by tail
  std::vector<Level> levels_;                        // outermost first
  RecurrenceState state_;
  RecurrenceResult result_;
};

Executor::Executor(const Timetable& timetable, const RecurrenceOptions& options,
                   std::int64_t stamped, const TimetableRun* run, const RunSeam* before)
    : t_(timetable),
      order_of_epochs_(timetable, run),
      options_(options),
      stamped_(stamped),
      rate_(tick_rate(timetable)) {
  const std::size_t ops = t_.ops.size();
  order_.resize(ops);
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    return t_.ops[a].start % t_.interval < t_.ops[b].start % t_.interval;
  });
  std::size_t units = t_.bounds.resource.size();
  for (const TimetableOp& op : t_.ops) {
    units = std::max(units, op.unit + 1);
    last_stage_ = std::max(last_stage_, op.start / t_.interval);
  }
  for (const TimetableTail& tail : t_.tails) units = std::max(units, tail.unit + 1);
  std::int64_t window = last_stage_ + 2;
  for (const ModuloEdge& e : t_.edges) window = std::max(window, e.distance + last_stage_ + 2);

  edges_to_.resize(ops);
  loads_of_.resize(ops);
  tails_at_.resize(ops);
  for (std::size_t e = 0; e < t_.edges.size(); ++e) edges_to_[t_.edges[e].to].push_back(e);
  for (std::size_t l = 0; l < t_.loads.size(); ++l)
    for (const std::size_t reader : t_.loads[l].readers) loads_of_[reader].push_back(l);
  const std::vector<std::size_t> anchors = tail_anchors(t_);
  for (std::size_t i = 0; i < t_.tails.size(); ++i) tails_at_[anchors[i]].push_back(i);

  for (const LoopLevel& level : loop_levels(t_, order_of_epochs_.masked()))
    levels_.push_back({level, {}});
  state_.unit_free.assign(units, 0);
  state_.starts.assign(ops, std::vector<std::int64_t>(static_cast<std::size_t>(window), kLongAgo));
  state_.tails.assign(t_.tails.size(), kLongAgo);
  for (const TimetableLoad& load : t_.loads) {
    const auto slots = static_cast<std::size_t>(load.copies * load.pieces);
    state_.released.emplace_back(slots, kLongAgo);
    state_.arrived.emplace_back(slots, kLongAgo);
    state_.holds.emplace_back(slots, -1);
  }
  stores_of_.resize(ops + t_.tails.size());
  for (std::size_t s = 0; s < t_.stores.size(); ++s) stores_of_[t_.stores[s].maker].push_back(s);
  state_.left.resize(t_.stores.size());
  if (before != nullptr) {
    state_.channel = before->channel;
    state_.left = before->left;
  }
  result_.busy_cycles.assign(units, 0);
  state_.slot = order_of_epochs_.epoch_at(0);
}

void Executor::occupy(std::size_t unit, std::int64_t start, const TileTiming& timing) {
  state_.unit_free[unit] = start + timing.issue;
  state_.end = std::max({state_.end, start + timing.issue, start + timing.complete()});
}

// When the piece that this epoch reads is there; the first reader requests it.
std::int64_t Executor::arrival(std::size_t index, std::int64_t epoch) {
  const TimetableLoad& load = t_.loads[index];
  const std::int64_t block = epoch / load.block;
  const std::int64_t piece = (epoch % load.block / load.every) % load.pieces;
  const auto at = static_cast<std::size_t>(block % load.copies * load.pieces + piece);
  std::int64_t& arrived = state_.arrived[index][at];
  if (state_.holds[index][at] >= block) return arrived;
  state_.holds[index][at] = block;
  const Wide free{std::max<std::int64_t>(state_.released[index][at], 0)};
  const std::int64_t bytes = load.bytes_at(epoch);
  const Wide passed = state_.channel.load(Wide{bytes} * rate_.per_byte, free * rate_.per_cycle);
  arrived = static_cast<std::int64_t>((passed + rate_.per_cycle - 1) / rate_.per_cycle) +
            t_.memory_latency;
  result_.loaded_bytes += bytes;
  return arrived;
}

// When there is room for one more piece of everything that this operation or tail stores.
std::int64_t Executor::room_behind(std::size_t maker) const {
  std::int64_t from = 0;
  for (const std::size_t s : stores_of_[maker]) {
    const auto& left = state_.left[s];
    if (t_.stores[s].room > 0 && left.size() == static_cast<std::size_t>(t_.stores[s].room))
      from = std::max(from, left.front());
  }
  return from;
}

void Executor::store(std::size_t index, std::int64_t epoch, std::int64_t complete) {
  const TimetableStore& piece = t_.stores[index];
  const Wide passed = state_.channel.store(Wide{piece.bytes_at(epoch)} * rate_.per_byte,
                                           Wide{complete} * rate_.per_cycle);
  auto& left = state_.left[index];
  left.push_back(static_cast<std::int64_t>((passed + rate_.per_cycle - 1) / rate_.per_cycle));
  if (left.size() > static_cast<std::size_t>(std::max<std::int64_t>(1, piece.room)))
    left.pop_front();
}

void Executor::execute(std::size_t op, std::int64_t position) {
  const TimetableOp& o = t_.ops[op];
  const std::int64_t epoch = order_of_epochs_.epoch_at(position);
  std::int64_t start = state_.unit_free[o.unit];
  if (options_.hold_to_timetable) start = std::max(start, o.start + position * t_.interval);
  for (const std::size_t i : edges_to_[op]) {
    const ModuloEdge& e = t_.edges[i];
    if (const auto before = order_of_epochs_.position_before(position, e.distance))
      start = std::max(start, start_of(e.from, *before) + e.delay);
  }
  for (const std::size_t load : loads_of_[op]) start = std::max(start, arrival(load, epoch));
  start = std::max(start, room_behind(op));
  auto& ring = state_.starts[op];
  ring[static_cast<std::size_t>(position) % ring.size()] = start;
  occupy(o.unit, start, o.timing);
  result_.busy_cycles[o.unit] += o.timing.issue;
  if (epoch < stamped_) result_.stamps.push_back({op, epoch, start});
  for (const std::size_t index : loads_of_[op]) {
    const TimetableLoad& load = t_.loads[index];
    const std::int64_t piece = (epoch % load.block / load.every) % load.pieces;
    auto& released = state_.released[index][static_cast<std::size_t>(
        (epoch / load.block) % load.copies * load.pieces + piece)];
    // The slice may be overwritten when this block's last reading of it is done.
    const std::int64_t left = load.block - 1 - epoch % load.block;
    if (left < load.pieces * load.every || order_of_epochs_.masked())
      released = std::max(released, start + o.timing.issue);
  }
  for (const std::size_t s : stores_of_[op])
    for (std::int64_t pieces = order_of_epochs_.visits_behind(t_.tails.size() + s, epoch);
         pieces > 0; --pieces)
      store(s, epoch, start + o.timing.complete());
  execute_tails(op, epoch, position);
}

void Executor::execute_tails(std::size_t op, std::int64_t epoch, std::int64_t position) {
  for (const std::size_t i : tails_at_[op]) {
    const TimetableTail& tail = t_.tails[i];
    for (std::int64_t visits = order_of_epochs_.visits_behind(i, epoch); visits > 0; --visits) {
      std::int64_t start = std::max(state_.unit_free[tail.unit], room_behind(t_.ops.size() + i));
      for (const TimetableTail::Wait& wait : tail.waits)
        start = std::max(start, start_of(wait.op, position) + wait.delay);
      for (const TimetableTail::Behind& wait : tail.behind)
        start = std::max(start, state_.tails[wait.tail] + wait.delay);
      state_.tails[i] = start;
      occupy(tail.unit, start, tail.timing);
      for (const std::size_t s : stores_of_[t_.ops.size() + i])
        store(s, epoch, start + tail.timing.complete());
      result_.busy_cycles[tail.unit] += tail.timing.issue;
      if (epoch < stamped_) result_.stamps.push_back({t_.ops.size() + i, epoch, start});
    }
  }
}

void Executor::step() {
  for (const std::size_t op : order_) {
    const std::int64_t position = state_.position - t_.ops[op].start / t_.interval;
    if (position >= 0 && position < order_of_epochs_.count()) execute(op, position);
  }
  ++state_.position;
  if (state_.position < order_of_epochs_.count())
    state_.slot = order_of_epochs_.epoch_at(state_.position);
}

// Iterations at either end of a loop that are not like those in the middle: operations of the
// neighbouring iteration are still under way, tails follow, first slices are touched.
std::int64_t Executor::margin(const Level& level) const {
  std::int64_t epochs = last_stage_ + 1;
  for (const TimetableTail& tail : t_.tails)
    if (tail.period > level.inner) epochs = std::max(epochs, last_stage_ + 1 + tail.visits);
  for (const TimetableStore& store : t_.stores)
    if (store.period > level.inner) epochs = std::max(epochs, last_stage_ + 1 + store.visits);
  for (const TimetableLoad& load : t_.loads)
    if (load.block > level.inner)
      epochs = std::max(epochs, last_stage_ + 1 + load.pieces * load.every);
  return base::ceil_div(epochs, level.inner) + 1;
}

// Called where an iteration of the loop begins. If the relative state is one seen before, whole
// periods up to the margin are skipped.
bool Executor::try_skip(Level& level) {
  const auto [iteration, trips] =
      order_of_epochs_.iteration(state_.position, level.inner, level.trips);
  const std::int64_t edge = margin(level);
  if (iteration <= 0) level.seen.clear();
  if (iteration < edge || iteration > trips - edge) return false;
  Snapshot here{state_.slot, *std::min_element(state_.unit_free.begin(), state_.unit_free.end()),
                result_.loaded_bytes, relative_state(t_, state_, rate_, level.inner)};
  if (options_.hold_to_timetable)
    here.state.push_back(Wide{state_.position * t_.interval - here.now});
  for (const Snapshot& before : level.seen) {
    if (before.state != here.state) continue;
    const std::int64_t period = here.slot - before.slot;
    const std::int64_t left = (trips - edge - iteration) * level.inner / period;
    if (left <= 0 || !order_of_epochs_.alike(here.slot - last_stage_ - 1, here.slot + left * period,
                                             level.inner))
      return false;
    const std::int64_t cycles = here.now - before.now;
    result_.skip(t_, left * period, level.inner);
    result_.loaded_bytes += left * (here.loaded - before.loaded);
    shift(t_, state_, rate_, level.inner, left * period, left * cycles);
    // What the loops outside have seen stays true: the state is the one that execution would have.
    for (Level& other : levels_)
      if (other.inner <= level.inner) other.seen.clear();
    return true;
  }
  level.seen.push_back(std::move(here));
  if (level.seen.size() > kRemembered) level.seen.pop_front();
  return false;
}

RecurrenceResult Executor::run() {
  const std::int64_t epochs = order_of_epochs_.count();
  while (state_.position < epochs + last_stage_) {
    if (options_.fast_forward)
      for (Level& level : levels_)
        if (level.trips > 2 && state_.slot % level.inner == 0 && state_.position < epochs &&
            level.inner > 0 && try_skip(level))
          break;
    step();
  }
  result_.cycles = state_.end;
  for (auto& left : state_.left) {
    if (!left.empty()) result_.stored = std::max(result_.stored, left.back());
    for (std::int64_t& time : left) time = std::max<std::int64_t>(0, time - state_.end);
  }
  state_.channel.shift(-Wide{state_.end} * rate_.per_cycle);
  result_.seam = {std::move(state_.channel), std::move(state_.left)};
  return std::move(result_);
}

}  // namespace

void RecurrenceResult::skip(const Timetable& timetable, std::int64_t epochs, std::int64_t inner) {
  for (const TimetableOp& op : timetable.ops) busy_cycles[op.unit] += epochs * op.timing.issue;
  for (const TimetableTail& tail : timetable.tails)
    if (tail.period <= inner)
      busy_cycles[tail.unit] += epochs / tail.period * tail.visits * tail.timing.issue;
  skipped_epochs += epochs;
}

RecurrenceResult run_recurrence(const Timetable& timetable, const RecurrenceOptions& options,
                                std::int64_t stamped, const TimetableRun* run,
                                const RunSeam* before) {
  if (run == nullptr && !timetable.masked.empty()) run = &timetable.masked.front();
  if (!timetable.port_rates.empty() && !options.hold_to_timetable && stamped == 0)
    if (auto shared = run_timed_recurrence(timetable, options, run, before))
      return std::move(*shared);
  return Executor(timetable, options, stamped, run, before).run();
}

std::vector<Wide> RunSeam::values() const {
  std::vector<Wide> out{channel.free()};
  for (const auto& pieces : left) {
    out.push_back(static_cast<std::int64_t>(pieces.size()));
    for (const std::int64_t time : pieces) out.push_back(time);
  }
  for (const std::vector<Wide>& times : {channel.behind(0), channel.idle(0)}) {
    out.push_back(static_cast<std::int64_t>(times.size()));
    out.insert(out.end(), times.begin(), times.end());
  }
  return out;
}

}  // namespace einfall::mappings
