#include <algorithm>

#include "mappings/schedule/timed_executor.hpp"

/// Skipping of what repeats.
namespace einfall::mappings {
namespace {

constexpr std::int64_t kMostIterations = 512;  // of a loop, before the mean is taken
constexpr std::int64_t kFewIterations = 16;    // once kManyEpochs are executed
constexpr std::int64_t kManyEpochs = 1 << 15;
constexpr std::size_t kRemembered = 4;

}  // namespace

// How far what is under way may lie from the epoch that begins, and what is not alike at the ends
// of a loop.
std::int64_t TimedExecutor::margin(const Level& level) const {
  const std::int64_t here = ops_[leader_].begun;
  std::int64_t epochs = 1;
  for (const TimedOp& op : ops_)
    epochs = std::max({epochs, here - op.ended + 1, op.begun - here + 1});
  const std::int64_t lag = epochs;
  for (std::size_t l = 0; l < loads_.size(); ++l) {
    const TimetableLoad& load = t_.loads[l];
    if (!active(load, level))
      epochs = std::max(epochs, lag + load.pieces * load.every);
    else if (const auto next = loads_[l].order.next())
      epochs = std::max(epochs, *next - here + load.block);
  }
  for (const TimetableTail& tail : t_.tails)
    if (tail.period > level.inner) epochs = std::max(epochs, lag + tail.visits);
  for (const TimetableStore& store : t_.stores)
    if (store.period > level.inner) epochs = std::max(epochs, lag + store.visits);
  return base::ceil_div(epochs, level.inner) + 1;
}

std::vector<Wide> TimedExecutor::state(const Level& level, std::int64_t now) const {
  const std::int64_t here = ops_[leader_].begun;
  std::vector<Wide> out;
  const auto later = [&](std::int64_t time) {
    out.push_back(std::max<std::int64_t>(0, time - now));
  };
  for (std::size_t o = 0; o < ops_.size(); ++o) {
    out.push_back(ops_[o].begun - here);
    out.push_back(ops_[o].ended - here);
    for (const TimedVisit& visit : ops_[o].recent) {
      if (visit.value(keep_[o], false) <= now) continue;
      out.push_back(visit.position - here);
      out.push_back(visit.start - now);
      for (const auto& [at, cycles] : visit.held) {
        out.push_back(at - now);
        out.push_back(cycles);
      }
    }
  }
  for (std::size_t i = 0; i < tails_.size(); ++i) {
    if (t_.tails[i].period > level.inner) continue;
    const bool matters = tails_[i].value(behind_[i], false) > now;
    out.push_back(matters ? tails_[i].start - now : 0);
    if (!matters) continue;
    for (const auto& [at, cycles] : tails_[i].held) {
      out.push_back(at - now);
      out.push_back(cycles);
    }
  }
  for (const TimedUnit& unit : units_) {
    out.push_back(unit.slot - here);
    out.push_back(static_cast<Wide>(unit.item));
    out.push_back(unit.visits);
  }
  for (const TimedEngine& engine : engines_) {
    out.push_back(engine.busy ? 1 : 0);
    if (!engine.busy) continue;
    out.push_back(engine.start - now);
    out.push_back(engine.until - now);
    out.push_back(engine.held);
  }
  for (std::size_t l = 0; l < loads_.size(); ++l) {
    // From the place of this epoch's block on.
    const TimetableLoad& load = t_.loads[l];
    const std::int64_t block = epochs_.epoch_at(here) / load.block;
    const auto& held = loads_[l].order.held();
    const std::size_t from = static_cast<std::size_t>(block % load.copies * load.pieces);
    for (std::size_t i = 0; i < held.size(); ++i) {
      const std::size_t place = (from + i) % held.size();
      const std::int64_t time = loads_[l].there[place];
      out.push_back(time == kNever ? -1 : std::max<std::int64_t>(0, time - now));
      if (active(load, level)) out.push_back(block - held[place]);
    }
    if (!active(load, level)) continue;
    const auto next = loads_[l].order.next();
    out.push_back(next ? *next - here : -1);
  }
  for (const TimedStore& store : stores_) {
    out.push_back(store.taken - static_cast<std::int64_t>(store.left.size()));
    for (const TimedStore::Piece& piece : store.made) later(piece.complete);
    for (const std::int64_t time : store.left)
      if (time > now) later(time);
  }
  for (const auto& all : carried_) out.insert(out.end(), all.begin(), all.end());
  pins_.append_state(now, out);
  ports_.append_state(now, out);
  later(end_);
  return out;
}

void TimedExecutor::shift(const Level& level, std::int64_t epochs, std::int64_t cycles) {
  for (TimedOp& op : ops_) {
    op.begun += epochs;
    op.ended += epochs;
    for (TimedVisit& visit : op.recent) {
      visit.position += epochs;
      visit.start += cycles;
      for (auto& [at, held] : visit.held) at += cycles;
    }
  }
  for (std::size_t i = 0; i < tails_.size(); ++i) {
    if (t_.tails[i].period > level.inner) continue;
    tails_[i].start += cycles;
    for (auto& [at, held] : tails_[i].held) at += cycles;
  }
  for (TimedUnit& unit : units_) unit.slot += epochs;
  for (TimedEngine& engine : engines_) {
    engine.start += cycles;
    engine.until += cycles;
  }
  for (std::size_t l = 0; l < loads_.size(); ++l) {
    for (std::int64_t& time : loads_[l].there)
      if (time != kNever) time += cycles;
    if (!active(t_.loads[l], level)) continue;
    const std::int64_t turn = epochs / t_.loads[l].block % t_.loads[l].copies * t_.loads[l].pieces;
    auto& there = loads_[l].there;
    std::rotate(there.begin(), there.end() - turn, there.end());
    loads_[l].place = (loads_[l].place + static_cast<std::size_t>(turn)) % there.size();
    loads_[l].order.shift(epochs);
  }
  for (TimedStore& store : stores_) {
    for (TimedStore::Piece& piece : store.made) piece.complete += cycles;
    for (std::int64_t& time : store.left) time += cycles;
  }
  pins_.shift(epochs, cycles);
  ports_.shift(cycles);
  end_ += cycles;
  stored_ += cycles;
}

bool TimedExecutor::try_skip(Level& level, std::int64_t& now) {
  const std::int64_t here = ops_[leader_].begun;
  const auto [iteration, trips] = epochs_.iteration(here, level.inner, level.trips);
  if (iteration <= 0) {
    level.seen.clear();
    level.executed = 0;
  }
  const std::int64_t edge = margin(level);
  if (iteration < edge || iteration > trips - edge) return false;
  Snapshot at{here, now, result_.loaded_bytes, state(level, now)};
  ++level.executed;
  const Snapshot* before = nullptr;
  for (const Snapshot& seen : level.seen)
    if (seen.state == at.state) before = &seen;
  const std::int64_t most = executed_ < kManyEpochs ? kMostIterations : kFewIterations;
  if (level.executed == most / 2) level.mean = at;
  if (before == nullptr && level.own > most && level.executed >= most && level.mean.position < here)
    before = &level.mean;
  if (before != nullptr) {
    const std::int64_t period = here - before->position;
    const std::int64_t times = (trips - edge - iteration) * level.inner / period;
    const std::int64_t epoch = epochs_.epoch_at(here);
    if (times <= 0 ||
        !epochs_.alike(epoch - edge * level.inner, epoch + times * period, level.inner))
      return false;
    const std::int64_t cycles = now - before->now;
    result_.skip(t_, times * period, level.inner);
    result_.loaded_bytes += times * (result_.loaded_bytes - before->loaded);
    shift(level, times * period, times * cycles);
    now += times * cycles;
    for (Level& other : levels_)
      if (other.inner <= level.inner) {
        other.seen.clear();
        other.executed = 0;
      }
    return true;
  }
  level.seen.push_back(std::move(at));
  if (level.seen.size() > kRemembered) level.seen.pop_front();
  return false;
}

// Where the leader stands before an epoch that begins iterations.
void TimedExecutor::try_skip(std::int64_t& now) {
  const std::int64_t here = ops_[leader_].begun;
  if (here == led_ || here >= epochs_.count()) return;
  led_ = here;
  const std::int64_t epoch = epochs_.epoch_at(here);
  for (Level& level : levels_)
    if (level.trips > 2 && epoch % level.inner == 0 && try_skip(level, now)) {
      led_ = ops_[leader_].begun;
      return;
    }
}

}  // namespace einfall::mappings
