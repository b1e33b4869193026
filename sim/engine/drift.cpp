#include <algorithm>

#include "sim/engine/snapshot.hpp"

// Pieces that take no whole number of cycles let a loop repeat after thousands of iterations only:
// what differs in between is the tick of its last cycle at which the pins come to an end. Where all
// pieces wait for the ones before them, that tick moves all ends alike, and as long as none of them
// gets into another cycle an iteration goes like one that was executed with another tick. So a few
// iterations are executed, and the way through them is found by looking at ticks alone.
namespace einfall::sim {

using mappings::Wide;

namespace {

constexpr std::int64_t kSettled = 16;  // iterations in which shorter periods have been looked for
constexpr std::size_t kMostDrifting = 64;  // iterations of a loop, and states
constexpr std::size_t kLongestPath = std::size_t{1} << 16;
constexpr std::size_t kWorthwhile = 4;  // iterations: fewer are executed as quickly
constexpr std::int64_t kPatience = 256;

std::size_t place_of(std::vector<std::vector<Wide>>& states, std::vector<Wide> state) {
  const auto known = std::find(states.begin(), states.end(), state);
  if (known != states.end()) return static_cast<std::size_t>(known - states.begin());
  states.push_back(std::move(state));
  return states.size() - 1;
}

}  // namespace

// Along known iterations as far as they lead; else this one is watched.
std::optional<Execution::Iteration> Execution::drift(const Iteration& begun) {
  auto& levels = levels_[begun.operation];
  Level& level = levels[begun.level];
  if (begun.level + 1 != levels.size() || !pins_.queue() || level.attempts <= kSettled ||
      level.patience == 0)
    return std::nullopt;
  const std::int64_t tick = pins_.queue()->tick(begun.now);
  if (tick == 0) return std::nullopt;
  level.looked_at = visits_;
  if (level.drifting.size() >= kMostDrifting || level.states.size() >= kMostDrifting)
    forget_drifting(level);
  begin_stretch(begun, level, But::kTick);
  Stretch& open = *level.open;
  open.tick = tick;
  open.from = place_of(level.states, open.state);
  const std::vector<std::size_t> path = path_from(level);
  if (path.size() >= kWorthwhile) {
    level.patience = kPatience;
    return replay_path(level, path, begun.now);
  }
  --level.patience;
  watch_stretch(open);
  open.watch = pins_.queue()->watch_play(begun.now);
  return std::nullopt;
}

std::vector<std::size_t> Execution::path_from(const Level& level) const {
  std::vector<std::size_t> path;
  std::vector<std::int64_t> most;
  for (const Stretch& known : level.drifting) most.push_back(most_steps(known, level));
  std::size_t state = level.open->from;
  std::int64_t tick = level.open->tick;
  while (path.size() < kLongestPath) {
    const auto steps = static_cast<std::int64_t>(path.size());
    std::size_t i = 0;
    for (; i < level.drifting.size(); ++i) {
      const Stretch& known = level.drifting[i];
      const std::int64_t later = tick - known.tick;
      if (known.from == state && steps < most[i] && later <= known.play.later &&
          -later <= known.play.sooner)
        break;
    }
    if (i == level.drifting.size()) break;
    path.push_back(i);
    tick += level.drifting[i].tick_after - level.drifting[i].tick;
    state = level.drifting[i].to;
  }
  return path;
}

void Execution::forget_drifting(Level& level) {
  kept_ -= level.drifting.size();
  level.drifting.clear();
  level.states.clear();
}

// Whether an iteration that was watched, and has ended, may go like others with another tick.
bool Execution::may_drift(const Iteration& begun, const Level& level) const {
  const Stretch& watched = *level.open;
  const PinQueue::Play& play = pins_.queue()->play();
  return begun.level == level.level && play.together && play.watch == watched.watch &&
         pins_.queue()->tick(begun.now) != 0 && moves_together(watched, level);
}

void Execution::end_drift(const Iteration& begun, Level& level) {
  Stretch& watched = *level.open;
  watched.play = pins_.queue()->play();
  watched.tick_after = pins_.queue()->tick(begun.now);
  // Tails of the run are counted since the slowest unit last ended, in all of them or in none.
  const auto ends = [](const Stretch& stretch) {
    return stretch.profile.last_ended() != stretch.profile_after.last_ended();
  };
  if (!level.drifting.empty() && ends(level.drifting.front()) != ends(watched))
    forget_drifting(level);
  watched.from = place_of(level.states, watched.state);
  watched.to = place_of(level.states, stretch_state(begun.now, But::kTick));
  level.drifting.push_back(std::move(watched));
}

// Every operation in the loop went one step on and stands like before in all others.
bool Execution::moves_together(const Stretch& stretch, const Level& level) const {
  return stretch.each_digit(cursors_, [&](std::size_t o, std::size_t l, std::size_t i) {
    return cursors_[o].at().digit(l) - stretch.digits[i] == (l == level.same[o] ? 1 : 0);
  });
}

// How many steps from here on the loop can take of which each asks what this one asked, and gets
// the same answers.
std::int64_t Execution::most_steps(const Stretch& stretch, const Level& level) const {
  const Stretch& here = *level.open;
  if (here.done != stretch.done) return 0;
  std::int64_t most = Wake::kNever;
  const bool alike = here.each_digit(cursors_, [&](std::size_t o, std::size_t l, std::size_t i) {
    const std::int64_t now = here.digits[i];
    const std::int64_t then = stretch.digits[i];
    if (now - then != moved_by(stretch, level, o, l)) return false;
    const std::int64_t last = cursors_[o].at().limit(l) - 1;
    const Asked& asked = stretch.asked[i];
    if (l != level.same[o]) return answers_alike(asked, now, then, last);
    // The step behind it is asked about too.
    const std::int64_t behind = asked.steps + 1;
    most = std::min(most, last - now - behind + 1);
    return asked.kind != Asked::Kind::kAll && then != 0 && now != 0 && last - then >= behind;
  });
  return alike ? most : 0;
}

Execution::Iteration Execution::replay_path(Level& level, const std::vector<std::size_t>& path,
                                            std::int64_t now) {
  struct Repeated {
    std::int64_t times = 0, last = 0;  // when it begins for the last time
  };
  std::vector<Repeated> repeated(level.drifting.size());
  std::int64_t at = now;
  std::int64_t tick = level.open->tick;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Stretch& stretch = level.drifting[path[i]];
    ++repeated[path[i]].times;
    repeated[path[i]].last = at;
    at += stretch.next.now - stretch.now;
    tick += stretch.tick_after - stretch.tick;
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < repeated.size(); ++i)
    if (repeated[i].times > 0) order.push_back(i);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return repeated[a].last < repeated[b].last; });
  std::vector<EngineUse> use = use_until(now);
  for (const std::size_t i : order)
    add_repeated(level.drifting[i], repeated[i].times, repeated[i].last - level.drifting[i].now,
                 use);
  // The last one leaves everything where it comes to stand.
  cursors_[level.lead].move(level.level, static_cast<std::int64_t>(path.size()) - 1);
  skipped_cycles_ += at - now;
  level.open.reset();
  const Stretch& final = level.drifting[path.back()];
  const Iteration next = replay(final, level, at, std::move(use));
  pins_.queue()->move(next.now, tick - final.tick);
  return next;
}

// What is counted of so many repetitions, of which the last begins `shift` cycles later.
void Execution::add_repeated(const Stretch& stretch, std::int64_t times, std::int64_t shift,
                             std::vector<EngineUse>& use) {
  for (std::size_t e = 0; e < use.size(); ++e) {
    const EngineUse& before = stretch.use[e];
    const EngineUse& after = stretch.use_after[e];
    use[e].busy += times * (after.busy - before.busy);
    use[e].visits += times * (after.visits - before.visits);
    for (std::size_t s = 0; s < kStalls; ++s)
      use[e].stalls[s] += times * (after.stalls[s] - before.stalls[s]);
  }
  for (std::size_t f = 0; f < words_.size(); ++f)
    words_[f] += times * (stretch.words_after[f] - stretch.words[f]);
  for (std::size_t b = 0; b < barriers_.size(); ++b)
    barriers_[b].generation += times * (stretch.barriers[b].generation - stretch.generations[b]);
  profile_.replay(stretch.profile, stretch.profile_after, shift, times);
  end_ = std::max(end_, stretch.end + shift);
}

}  // namespace einfall::sim
