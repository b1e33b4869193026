#include <algorithm>
#include <set>
#include <tuple>

#include "mappings/program/steady.hpp"
#include "sim/engine/snapshot.hpp"

namespace einfall::sim {

using mappings::Cursor;
using mappings::NodeId;
using mappings::Operation;
using mappings::OperationKind;
using mappings::Wide;

namespace {

constexpr std::int64_t kDense = 12;     // iterations of a loop that are all compared; then 2^n
constexpr std::int64_t kPause = 8;      // while nobody asks the outermost memory: of so many, two
constexpr std::size_t kRemembered = 4;  // periods looked for
constexpr std::int64_t kShortestLoop = 5;
// Looking for what repeats costs as much as the program has parts: of so many parts, one visit has
// to be executed in between.
constexpr std::size_t kPartsAVisit = 8;
constexpr std::size_t kMostParts = std::size_t{1} << 21;  // of all stretches that are kept
constexpr std::size_t kFewestKept = 64;

bool is_below(const mappings::Program& program, NodeId node, NodeId above) {
  for (; node.valid(); node = program.nodes[node.index()].parent)
    if (node == above) return true;
  return false;
}

// The node on the way to the leaf that has the loop of this level.
NodeId owner(const mappings::Program& program, NodeId leaf, std::size_t level) {
  NodeId id = leaf;
  while (true) {
    const NodeId parent = program.nodes[id.index()].parent;
    if (!parent.valid() || program.nodes[parent.index()].path.size() <= level) return id;
    id = parent;
  }
}

}  // namespace

// Each leaf is led by its first tile operation; for the loops that it shares with others, the first
// leaf of each unit is enough.
void Execution::prepare_fast_forward() {
  levels_.resize(program_.operations.size());
  takers_.resize(program_.tokens.size());
  for (std::size_t o = 0; o < program_.operations.size(); ++o)
    for (const mappings::Take& taken : program_.operations[o].takes)
      takers_[taken.token].push_back(o);
  parts_ = cursors_.size() + engines_.size() + tokens_.size();
  most_kept_ = std::max(kFewestKept, kMostParts / parts_);
  asked_ = asked_levels(program_, cursors_);
  std::vector<std::size_t> engine(program_.operations.size());
  for (std::size_t e = 0; e < program_.engines.size(); ++e)
    for (const std::size_t o : program_.engines[e].operations) engine[o] = e;
  std::set<NodeId> led;
  std::set<std::tuple<std::size_t, NodeId, std::size_t>> compared;
  for (std::size_t o = 0; o < program_.operations.size(); ++o) {
    const Operation& lead = program_.operations[o];
    if (lead.kind != OperationKind::kTile || !led.insert(lead.node).second) continue;
    for (std::size_t j = 0; j < lead.walk.levels.size(); ++j) {
      const NodeId node = owner(program_, lead.node, j);
      Level level;
      level.lead = o;
      level.engine = engine[o];
      level.level = j;
      level.compared = compared.insert({engine[o], node, j}).second;
      find_same(level, node);
      levels_[o].push_back(std::move(level));
    }
  }
}

// Which levels of others are the loop that a level of the leading operation is, which the node has.
void Execution::find_same(Level& level, NodeId node) const {
  const mappings::PartId part = program_.operations[level.lead].walk.levels[level.level].part;
  level.replays = !pins_.by_banks();
  for (std::size_t o = 0; o < program_.operations.size(); ++o) {
    const Operation& op = program_.operations[o];
    std::size_t same = Level::kAbsent;
    if (op.node.valid() && is_below(program_, op.node, node))
      for (std::size_t i = 0; i < op.walk.levels.size(); ++i)
        if (op.walk.levels[i].part == part) same = i;
    level.same.push_back(same);
    if (same != Level::kAbsent && ((asked_[o].exact >> same) & 1U) != 0) level.replays = false;
  }
}

std::vector<Wide> Execution::relative_state(std::int64_t now, But but) const {
  std::vector<Wide> state;
  state.reserve(cursors_.size() * 3 + engines_.size() * 5 + tokens_.size() * 3);
  for (std::size_t o = 0; o < cursors_.size(); ++o) {
    state.push_back(cursors_[o].done() ? 1 : 0);
    state.push_back(cursors_[o].beyond());
    state.push_back(carried_[o]);
  }
  for (std::size_t e = 0; e < engines_.size(); ++e) {
    const EngineState& engine = engines_[e];
    // Whether it has been woken follows from what it waits for, or makes no difference.
    state.push_back(static_cast<Wide>(engine.step));
    if (engine.step == Step::kDone) continue;
    state.push_back(static_cast<Wide>(engine.operation));
    state.push_back(static_cast<Wide>(engine.take));
    if (engine.step == Step::kBusy) {
      state.push_back(engine.started - now);
      state.push_back(engine.until - now);
      state.push_back(engine.delivered - now);
      state.push_back(engine.held);
    }
    if (engine.step == Step::kBarrier)
      state.push_back(barriers_[program_.operations[engine.operation].barrier].generation -
                      engine.generation);
  }
  for (const TokenState& token : tokens_) {
    auto matured = token.ready;
    std::size_t first = 0;
    while (first < token.coming.size() && token.coming[first] <= now) ++first;
    matured += static_cast<std::int64_t>(first);
    state.push_back(but == But::kReady ? std::min<std::int64_t>(matured, 1) : matured);
    for (std::size_t i = first; i < token.coming.size(); ++i)
      state.push_back(token.coming[i] - now);
    state.push_back(static_cast<Wide>(token.waiting));
  }
  for (const BarrierState& barrier : barriers_) state.push_back(static_cast<Wide>(barrier.arrived));
  ports_.append_state(now, state);
  pins_.append_state(now, state, but != But::kTick);
  return state;
}

Execution::Snapshot Execution::snapshot(const Iteration& begun, const Level& level) {
  Snapshot out;
  const std::int64_t now = begun.now;
  out.now = now;
  out.digit = cursors_[level.lead].at().digit(level.level);
  out.state = relative_state(now, But::kReady);
  for (const TokenState& token : tokens_) {
    const auto coming = std::count_if(token.coming.begin(), token.coming.end(),
                                      [&](const std::int64_t time) { return time <= now; });
    out.ready.push_back(token.ready + coming);
  }
  for (const Cursor& cursor : cursors_) {
    out.slots.push_back(cursor.slot());
    out.digits.insert(out.digits.end(), cursor.at().digits().begin(), cursor.at().digits().end());
  }
  out.requests = pins_.requests();
  out.phase = pins_.phase(now);
  out.use = use_until(now);
  out.words = words_;
  out.profile = profile_;
  return out;
}

// Whether every operation stands where it stood, or one period further on in the loop and its slots
// with it; which of them moved.
bool Execution::moved_together(const Level& level, const Snapshot& before, const Snapshot& here,
                               std::vector<bool>& moved) const {
  const std::int64_t period = here.digit - before.digit;
  const std::int64_t slots = here.slots[level.lead] - before.slots[level.lead];
  moved.assign(cursors_.size(), false);
  std::size_t first = 0;
  for (std::size_t o = 0; o < cursors_.size(); ++o) {
    const std::size_t levels = program_.operations[o].walk.levels.size();
    for (std::size_t i = 0; i < levels; ++i) {
      const std::int64_t difference = here.digits[first + i] - before.digits[first + i];
      if (difference == 0) continue;
      if (i != level.same[o] || difference != period) return false;
      moved[o] = true;
    }
    const std::int64_t further = here.slots[o] - before.slots[o];
    if (further != (moved[o] && program_.operations[o].group.valid() ? slots : further) ||
        (!moved[o] && further != 0))
      return false;
    first += levels;
  }
  return true;
}

// How often the stretch between the two can be repeated: without a loop step that is the first or
// the last, without reaching what stands still, and while masks leave what they leave here.
std::int64_t Execution::repeats(const Level& level, std::int64_t period,
                                const std::vector<bool>& moved) const {
  std::int64_t times = Wake::kNever;
  std::int64_t furthest = 0;
  for (std::size_t o = 0; o < cursors_.size(); ++o) {
    if (!moved[o]) continue;
    const Cursor& cursor = cursors_[o];
    if (!cursor.can_skip(level.same[o])) return 0;
    const std::int64_t digit = cursor.at().digit(level.same[o]);
    if (digit - period < 1) return 0;
    furthest = std::max(furthest, digit);
    times = std::min(times, (cursor.at().limit(level.same[o]) - 2 - digit) / period);
  }
  if (times == Wake::kNever) return 0;
  for (std::size_t o = 0; o < cursors_.size(); ++o) {
    if (moved[o] || level.same[o] == Level::kAbsent || cursors_[o].done()) continue;
    const std::int64_t digit = cursors_[o].at().digit(level.same[o]);
    if (digit > furthest) times = std::min(times, (digit - 1 - furthest) / period);
  }
  return steady_repeats(level, period, moved, std::max<std::int64_t>(0, times));
}

// The most of so many repetitions through which every mask answers alike.
std::int64_t Execution::steady_repeats(const Level& level, std::int64_t period,
                                       const std::vector<bool>& moved, std::int64_t most) const {
  const auto steady = [&](std::int64_t times) {
    for (std::size_t o = 0; o < cursors_.size(); ++o) {
      if (!moved[o]) continue;
      const mappings::Walker& at = cursors_[o].at();
      const std::int64_t digit = at.digit(level.same[o]);
      if (!is_steady(program_.operations[o], at, level.same[o], digit - period,
                     digit + times * period + 1))
        return false;
    }
    return true;
  };
  if (most == 0 || steady(most)) return most;
  std::int64_t fewest = 0;  // proven
  while (most - fewest > 1) {
    const std::int64_t middle = fewest + (most - fewest) / 2;
    (steady(middle) ? fewest : most) = middle;
  }
  return fewest;
}

// The outermost memory goes through the same in every period: how each of its open rows moves
// (none: nobody asks, and the memory knows no difference); nullopt: it does not.
std::optional<std::vector<std::int64_t>> Execution::pins_repeat(
    const Level& level, const Snapshot& before, const Snapshot& here,
    const std::vector<bool>& moved) const {
  if (before.requests == here.requests || !pins_.by_banks()) return std::vector<std::int64_t>{};
  if (!before.pins || !here.pins) return std::nullopt;
  std::vector<Pins::Shift> shifts;
  for (std::size_t o = 0; o < cursors_.size(); ++o) {
    const Operation& op = program_.operations[o];
    if (op.kind != OperationKind::kTransfer || op.moves.empty()) continue;
    const std::size_t flow = op.moves.front().flow;
    if (here.words[flow] == before.words[flow]) continue;
    const mappings::Region& region = program_.regions[o];
    std::optional<std::int64_t> by = 0;
    if (moved[o]) by = region.moves_by(level.same[o], here.digit - before.digit);
    if (by && *by * region.bits % 8 != 0) by.reset();
    if (by) by = *by * region.bits / 8;
    shifts.push_back({o, by});
  }
  return pins_.repeats(*before.pins, *here.pins, shifts);
}

// How often tokens can be taken as between the two, of which there is another number now. It makes
// no difference how many there are as long as nobody has to wait for one.
std::int64_t Execution::until_taken(const Snapshot& before, const Snapshot& here) const {
  std::int64_t times = Wake::kNever;
  std::vector<OperationUse> was, is;
  for (std::size_t t = 0; t < tokens_.size(); ++t) {
    const std::int64_t fewer = before.ready[t] - here.ready[t];
    if (fewer == 0) continue;
    if (was.empty()) was = before.profile.uses(), is = here.profile.uses();
    std::int64_t most = 0;  // taken in between, those of visits that have not begun included
    for (const std::size_t operation : takers_[t]) {
      if (program_.operations[operation].kind == OperationKind::kBarrier) return 0;
      most += is[operation].visits - was[operation].visits + 1;
    }
    if (std::min(before.ready[t], here.ready[t]) < most) return 0;
    if (fewer > 0) times = std::min(times, (here.ready[t] - most) / fewer);
  }
  return times;
}

void Execution::skip(const Level& level, const Snapshot& before, const Snapshot& here,
                     const std::vector<bool>& moved, std::int64_t times) {
  const std::int64_t cycles = times * (here.now - before.now);
  const std::int64_t steps = times * (here.digit - before.digit);
  for (std::size_t o = 0; o < cursors_.size(); ++o)
    if (moved[o]) cursors_[o].skip(level.same[o], steps, times * (here.slots[o] - before.slots[o]));
  for (mappings::Turns& turns : turns_) turns.sort();
  for (std::size_t e = 0; e < engines_.size(); ++e) {
    EngineState& engine = engines_[e];
    if (engine.step == Step::kDone) continue;
    engine.started += cycles;
    engine.until += cycles;
    engine.delivered += cycles;
    engine.since += cycles;
    use_[e].busy += times * (here.use[e].busy - before.use[e].busy);
    use_[e].visits += times * (here.use[e].visits - before.use[e].visits);
    for (std::size_t s = 0; s < kStalls; ++s)
      use_[e].stalls[s] += times * (here.use[e].stalls[s] - before.use[e].stalls[s]);
  }
  for (std::size_t t = 0; t < tokens_.size(); ++t) {
    TokenState& token = tokens_[t];
    for (; !token.coming.empty() && token.coming.front() <= here.now; ++token.ready)
      token.coming.pop_front();
    for (std::int64_t& time : token.coming) time += cycles;
    token.ready += times * (here.ready[t] - before.ready[t]);
  }
  for (std::size_t f = 0; f < words_.size(); ++f)
    words_[f] += times * (here.words[f] - before.words[f]);
  profile_.skip(before.profile, times, cycles);
  ports_.shift(cycles);
  pins_.shift(cycles);
  end_ += cycles;
  skipped_cycles_ += cycles;
}

// The latest of each kind.
void Execution::remember(Level& level, Snapshot here) {
  const bool whole = here.pins.has_value();
  const auto same = [&](const Snapshot& other) { return other.pins.has_value() == whole; };
  level.seen.push_front(std::move(here));
  const auto known = std::count_if(level.seen.begin(), level.seen.end(), same);
  if (static_cast<std::size_t>(known) <= kRemembered) return;
  level.seen.erase(std::find_if(level.seen.rbegin(), level.seen.rend(), same).base() - 1);
}

std::int64_t Execution::began_iteration(const Iteration& begun) {
  Iteration here = begun;
  while (true) {
    Level& level = levels_[here.operation][here.level];
    end_stretches(here);
    enter_loops(here);
    if (!level.compared) break;
    const bool worth = (visits_ - level.looked_at) * kPartsAVisit >= parts_;
    here.now += skip_periods(here, worth);
    if (!worth || !level.replays) break;
    if (const auto next = drift(here)) {
      level.looked_at = 0;
      here = *next;
      continue;
    }
    const Stretch* stretch = known_stretch(here);
    if (stretch == nullptr) break;
    level.looked_at = 0;
    here = replay(*stretch, level, here.now, use_until(here.now));
  }
  return here.now - begun.now;
}

// Those inside the loop whose iteration began begin anew.
void Execution::enter_loops(const Iteration& begun) {
  auto& levels = levels_[begun.operation];
  for (std::size_t i = begun.level + 1; i < levels.size(); ++i) {
    levels[i].seen.clear();
    levels[i].attempts = 0;
    levels[i].missed = 0;
  }
}

std::int64_t Execution::skip_periods(const Iteration& begun, bool worth) {
  Level& level = levels_[begun.operation][begun.level];
  const Cursor& lead = cursors_[level.lead];
  if (lead.at().limit(level.level) < kShortestLoop) return 0;
  const std::int64_t attempt = ++level.attempts;
  const bool asked = level.requests != pins_.requests() || begun.now < pins_.delivered();
  level.requests = pins_.requests();
  level.quiet = asked ? 0 : level.quiet + 1;
  const bool quiet = level.quiet > 0 && level.quiet % kPause <= 1 && pins_.has_phase();
  level.due = level.due || attempt <= kDense || (attempt & (attempt - 1)) == 0 || quiet;
  const bool remembered = level.due && worth;
  // A period that asks a memory with refresh is as long as the phase of that takes to come back.
  const Tick phase = pins_.phase(begun.now);
  const bool in_phase =
      pins_.has_phase() &&
      std::any_of(level.seen.begin(), level.seen.end(),
                  [&](const Snapshot& before) { return before.pins && before.phase == phase; });
  if (!remembered && !in_phase) return 0;
  level.due = false;
  level.looked_at = visits_;
  Snapshot here = snapshot(begun, level);
  if (in_phase || (pins_.has_phase() && (attempt & (attempt - 1)) == 0))
    here.pins = pins_.state(begun.now);
  std::vector<bool> moved;
  for (const Snapshot& before : level.seen) {
    const std::int64_t period = here.digit - before.digit;
    if (period <= 0 || before.state != here.state ||
        !profile_.epochs_repeat(before.profile, here.now - before.now) ||
        !moved_together(level, before, here, moved))
      continue;
    const auto moves = pins_repeat(level, before, here, moved);
    if (!moves) continue;
    const std::int64_t times = std::min(repeats(level, period, moved), until_taken(before, here));
    if (times <= 0) continue;
    const std::int64_t cycles = times * (here.now - before.now);
    skip(level, before, here, moved, times);
    if (before.requests != here.requests && pins_.by_banks())
      pins_.skip(*before.pins, *here.pins, *moves, times, cycles);
    level.seen.clear();
    return cycles;
  }
  if (!remembered) return 0;
  remember(level, std::move(here));
  return 0;
}

}  // namespace einfall::sim
