#include <algorithm>

#include "sim/engine/snapshot.hpp"

namespace einfall::sim {

using mappings::Cursor;
using mappings::Wide;

namespace {

constexpr std::size_t kMostKnown = 32;    // stretches of a loop
constexpr std::int64_t kMostMissed = 64;  // then they are looked for no longer

}  // namespace

std::vector<Wide> Execution::stretch_state(std::int64_t now, But but) const {
  std::vector<Wide> state = relative_state(now, but);
  state.push_back(std::max<std::int64_t>(0, end_ - now));
  profile_.append_state(now, state);
  return state;
}

void Execution::begin_stretch(const Iteration& begun, Level& level, But but) const {
  Stretch& open = level.open.emplace();
  open.now = begun.now;
  open.state = stretch_state(begun.now, but);
  open.lead = cursors_[level.lead].at().digits();
  for (const Cursor& cursor : cursors_) {
    open.done.push_back(cursor.done());
    open.digits.insert(open.digits.end(), cursor.at().digits().begin(), cursor.at().digits().end());
  }
}

// It is not known how this one goes on: from now on it is watched.
void Execution::watch_stretch(Stretch& open) const {
  open.use = use_until(open.now);
  open.words = words_;
  for (const BarrierState& barrier : barriers_) open.generations.push_back(barrier.generation);
  open.unfinished = unfinished_;
  open.profile = profile_;
}

// Those of the loops inside too.
void Execution::end_stretches(const Iteration& begun) {
  auto& levels = levels_[begun.operation];
  for (std::size_t l = begun.level; l < levels.size(); ++l) {
    Level& level = levels[l];
    if (!level.open) continue;
    if (Profile::is_replayable(level.open->profile, profile_) && find_asked(*level.open))
      end_stretch(begun, level);
    level.open.reset();
  }
}

void Execution::end_stretch(const Iteration& begun, Level& level) {
  Stretch& stretch = *level.open;
  if (stretch.tick > 0 && !may_drift(begun, level)) return;
  if (!make_room(level)) return;
  stretch.next = begun;
  stretch.cursors = cursors_;
  stretch.engines = engines_;
  stretch.tokens = tokens_;
  stretch.barriers = barriers_;
  stretch.carried = carried_;
  stretch.ports = ports_;
  stretch.pins = pins_.queue();
  stretch.end = end_;
  stretch.use_after = use_until(begun.now);
  stretch.words_after = words_;
  stretch.profile_after = profile_;
  ++kept_;
  if (stretch.tick > 0) return end_drift(begun, level);
  level.known.push_front(std::move(stretch));
}

// The operation that leads these loops has come to its end.
void Execution::forget(std::vector<Level>& levels) {
  for (Level& level : levels) {
    forget_drifting(level);
    kept_ -= level.known.size();
    level.known.clear();
    level.seen.clear();
    level.open.reset();
  }
}

// Whether one more stretch can be kept: the oldest of the loop make way for it.
bool Execution::make_room(Level& level) {
  if (kept_ >= most_kept_ && !level.drifting.empty()) forget_drifting(level);
  if (!level.known.empty() && (kept_ >= most_kept_ || level.known.size() >= kMostKnown)) {
    level.known.pop_back();
    --kept_;
  }
  return kept_ < most_kept_;
}

// What the operations went through since it began; false if one of them came to its end.
bool Execution::find_asked(Stretch& stretch) const {
  if (stretch.unfinished != unfinished_) return false;
  std::size_t first = 0;
  for (std::size_t o = 0; o < cursors_.size(); ++o) {
    const auto& digits = cursors_[o].at().digits();
    if (stretch.done[o] != cursors_[o].done()) return false;
    std::size_t changed = 0;  // the outermost level that stepped
    while (changed < digits.size() && digits[changed] == stretch.digits[first + changed]) ++changed;
    for (std::size_t l = 0; l < digits.size(); ++l) {
      Asked asked;
      if (l > changed || ((asked_[o].exact >> l) & 1U) != 0)
        asked.kind = Asked::Kind::kAll;
      else if (l == changed)
        asked = {Asked::Kind::kEnds, digits[l] - stretch.digits[first + l]};
      else if (((asked_[o].ends >> l) & 1U) != 0)
        asked.kind = Asked::Kind::kEnds;
      stretch.asked.push_back(asked);
    }
    first += digits.size();
  }
  return true;
}

// By how much the step of an operation's level is another than when the stretch was executed.
std::int64_t Execution::moved_by(const Stretch& stretch, const Level& level, std::size_t operation,
                                 std::size_t at) const {
  const std::vector<Level>& levels = levels_[level.lead];
  for (std::size_t j = 0; j <= level.level; ++j)
    if (levels[j].same[operation] == at)
      return cursors_[level.lead].at().digit(j) - stretch.lead[j];
  return 0;
}

// What was asked at one step of a loop has the same answers at another.
bool Execution::answers_alike(const Asked& asked, std::int64_t now, std::int64_t then,
                              std::int64_t last) {
  if (now == then || asked.kind == Asked::Kind::kNothing) return true;
  if (asked.kind == Asked::Kind::kAll) return false;
  const std::int64_t behind = asked.steps + 1;
  return (now == 0) == (then == 0) && std::min(last - now, behind) == std::min(last - then, behind);
}

bool Execution::is_like(const Stretch& stretch, const Level& level) const {
  const Stretch& here = *level.open;
  if (here.state != stretch.state || here.done != stretch.done) return false;
  return here.each_digit(cursors_, [&](std::size_t o, std::size_t l, std::size_t i) {
    const std::int64_t now = here.digits[i];
    const std::int64_t then = stretch.digits[i];
    return now - then == moved_by(stretch, level, o, l) &&
           answers_alike(stretch.asked[i], now, then, cursors_[o].at().limit(l) - 1);
  });
}

// Of an iteration that begins here; from now on it is watched if there is none.
const Execution::Stretch* Execution::known_stretch(const Iteration& begun) {
  const auto& levels = levels_[begun.operation];
  Level& level = levels_[begun.operation][begun.level];
  // Iterations of single visits are quicker executed than looked for.
  if (begun.level + 1 == levels.size() || level.missed > kMostMissed) return nullptr;
  begin_stretch(begun, level, But::kNothing);
  for (const Stretch& stretch : level.known)
    if (is_like(stretch, level)) {
      level.missed = 0;
      level.open.reset();
      return &stretch;
    }
  ++level.missed;
  level.looked_at = visits_;
  watch_stretch(*level.open);
  return nullptr;
}

// `use`: the books as if they were closed now. Returns where it has come to.
Execution::Iteration Execution::replay(const Stretch& stretch, const Level& level, std::int64_t now,
                                       std::vector<EngineUse> use) {
  const std::int64_t shift = now - stretch.now;
  const std::int64_t end = stretch.next.now + shift;
  for (std::size_t o = 0; o < cursors_.size(); ++o) {
    if (stretch.done[o] || o == level.lead) continue;
    replay_cursor(stretch, level, o);
  }
  replay_cursor(stretch, level, level.lead);
  for (mappings::Turns& turns : turns_) turns.sort();
  for (std::size_t b = 0; b < barriers_.size(); ++b) {
    barriers_[b].arrived = stretch.barriers[b].arrived;
    barriers_[b].generation += stretch.barriers[b].generation - stretch.generations[b];
  }
  engines_ = stretch.engines;
  for (EngineState& engine : engines_) {
    if (engine.step == Step::kDone) continue;
    engine.started += shift;
    engine.until += shift;
    engine.delivered += shift;
    engine.since += shift;
    engine.called = false;
    if (engine.step != Step::kBarrier) continue;
    const std::size_t barrier = engine.op->barrier;
    engine.generation += barriers_[barrier].generation - stretch.barriers[barrier].generation;
  }
  tokens_ = stretch.tokens;
  for (TokenState& token : tokens_)
    for (std::int64_t& time : token.coming) time += shift;
  carried_ = stretch.carried;
  ports_ = *stretch.ports;
  ports_.shift(shift);
  pins_.take_over(stretch.pins);
  pins_.shift(shift);
  for (std::size_t f = 0; f < words_.size(); ++f)
    words_[f] += stretch.words_after[f] - stretch.words[f];
  profile_.replay(stretch.profile, stretch.profile_after, shift);
  end_ = std::max(end_, stretch.end + shift);
  skipped_cycles_ += end - now;
  // Books that are closed at the end say what they said at the beginning, and what was added.
  const std::vector<EngineUse> booked = use_until(end);
  for (std::size_t e = 0; e < use_.size(); ++e) {
    const auto add = [&](std::int64_t& amount, std::int64_t begin, std::int64_t after,
                         std::int64_t before,
                         std::int64_t closed) { amount += begin + after - before - closed; };
    const EngineUse& after = stretch.use_after[e];
    const EngineUse& before = stretch.use[e];
    add(use_[e].busy, use[e].busy, after.busy, before.busy, booked[e].busy);
    use_[e].visits = use[e].visits + after.visits - before.visits;
    for (std::size_t s = 0; s < kStalls; ++s)
      add(use_[e].stalls[s], use[e].stalls[s], after.stalls[s], before.stalls[s],
          booked[e].stalls[s]);
  }
  for (std::size_t e = 0; e < engines_.size(); ++e)
    if (e != level.engine && engines_[e].step != Step::kDone) wake(e);
  return {level.lead, stretch.next.level, end};
}

// To where it stood at the end, as far away as the leading one is (which comes last).
void Execution::replay_cursor(const Stretch& stretch, const Level& level, std::size_t operation) {
  const std::size_t levels = stretch.cursors[operation].at().digits().size();
  std::vector<std::int64_t> by(levels);
  for (std::size_t l = 0; l < levels; ++l) by[l] = moved_by(stretch, level, operation, l);
  cursors_[operation] = stretch.cursors[operation];
  for (std::size_t l = 0; l < levels; ++l)
    if (by[l] != 0) cursors_[operation].move(l, by[l]);
}

}  // namespace einfall::sim
