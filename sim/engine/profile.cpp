#include "sim/engine/profile.hpp"

#include <algorithm>

namespace einfall::sim {

Profile::Profile(const mappings::Program& program, std::size_t slowest)
    : slowest_(slowest),
      uses_(program.operations.size()),
      under_way_(program.engines.size()),
      before_(program.operations.size(), 0),
      tails_(program.operations.size()) {
  if (slowest >= program.engines.size()) return;
  for (const std::size_t o : program.engines[slowest].operations) {
    const mappings::Operation& operation = program.operations[o];
    if (epoch_ == kNone && operation.group.valid() && operation.behind.levels.empty()) epoch_ = o;
  }
}

void Profile::began(std::size_t engine, std::size_t operation, std::int64_t now) {
  OperationUse& use = uses_[operation];
  if (operation == epoch_ && use.visits > 0) {
    const auto known = intervals_.find(now - use.last);
    if (known != intervals_.end())
      ++known->second;
    else if (intervals_.size() < kMostIntervals)
      intervals_.emplace(now - use.last, 1);
  }
  if (use.visits++ == 0) use.first = now;
  use.last = now;
  under_way_[engine] = {operation, now};
  if (engine == slowest_ && !first_began_) first_begins(now);
}

void Profile::first_begins(std::int64_t now) {
  first_began_ = now;
  for (std::size_t o = 0; o < uses_.size(); ++o) before_[o] = uses_[o].cycles;
  for (const Visit& visit : under_way_)
    if (visit.operation) before_[*visit.operation] += now - visit.began;
}

void Profile::ended(std::size_t engine, std::int64_t now) {
  Visit& visit = under_way_[engine];
  uses_[*visit.operation].cycles += now - visit.began;
  Tail& tail = tails_[*visit.operation];
  if (tail.end != last_ended_) tail = {last_ended_, 0};
  tail.cycles += now - std::max(visit.began, last_ended_);
  visit.operation.reset();
  if (engine == slowest_) last_ended_ = now;
}

bool Profile::epochs_repeat(const Profile& before, std::int64_t cycles) const {
  if (epoch_ == kNone) return true;
  const OperationUse& past = before.uses_[epoch_];
  const OperationUse& use = uses_[epoch_];
  return past.visits == use.visits || (past.visits > 0 && use.last - past.last == cycles);
}

void Profile::skip(const Profile& before, std::int64_t times, std::int64_t cycles) {
  const bool slowest_ended = last_ended_ != before.last_ended_;
  for (std::size_t o = 0; o < uses_.size(); ++o) {
    const OperationUse& past = before.uses_[o];
    OperationUse& use = uses_[o];
    const std::int64_t more = times * (use.cycles - past.cycles);
    use.cycles += more;
    // What repeats comes before the slowest unit begins or after it, never both.
    if (tails_[o].end == last_ended_)
      (slowest_ended ? tails_[o].end : tails_[o].cycles) += slowest_ended ? cycles : more;
    if (use.visits != past.visits) use.last += cycles;
    use.visits += times * (use.visits - past.visits);
  }
  for (auto& [interval, count] : intervals_) {
    const auto past = before.intervals_.find(interval);
    count += times * (count - (past == before.intervals_.end() ? 0 : past->second));
  }
  for (Visit& visit : under_way_) visit.began += cycles;
  if (slowest_ended) last_ended_ += cycles;
}

bool Profile::some_began_before_end() const {
  return std::any_of(under_way_.begin(), under_way_.end(), [&](const Visit& visit) {
    return visit.operation && visit.began < last_ended_;
  });
}

bool Profile::is_replayable(const Profile& before, const Profile& after) {
  if (before.first_began_.has_value() != after.first_began_.has_value()) return false;
  if (before.last_ended_ == after.last_ended_ && before.some_began_before_end()) return false;
  for (std::size_t o = 0; o < before.uses_.size(); ++o)
    if (before.uses_[o].visits == 0 && after.uses_[o].visits != 0) return false;
  return after.intervals_.size() < kMostIntervals;
}

void Profile::replay(const Profile& before, const Profile& after, std::int64_t shift,
                     std::int64_t times) {
  const bool slowest_ended = before.last_ended_ != after.last_ended_;
  for (std::size_t o = 0; o < uses_.size(); ++o) {
    const OperationUse& from = before.uses_[o];
    const OperationUse& to = after.uses_[o];
    uses_[o].cycles += times * (to.cycles - from.cycles);
    uses_[o].visits += times * (to.visits - from.visits);
    if (to.visits != from.visits) uses_[o].last = to.last + shift;
    const Tail& tail = after.tails_[o];
    if (tail.end != after.last_ended_) continue;
    if (slowest_ended) {
      tails_[o] = {tail.end + shift, tail.cycles};
      continue;
    }
    if (tails_[o].end != last_ended_) tails_[o] = {last_ended_, 0};
    const Tail& past = before.tails_[o];
    tails_[o].cycles += times * (tail.cycles - (past.end == before.last_ended_ ? past.cycles : 0));
  }
  for (const auto& [interval, count] : after.intervals_) {
    const auto past = before.intervals_.find(interval);
    const std::int64_t more = count - (past == before.intervals_.end() ? 0 : past->second);
    if (more > 0) intervals_[interval] += times * more;
  }
  under_way_ = after.under_way_;
  for (Visit& visit : under_way_) visit.began += shift;
  if (slowest_ended) last_ended_ = after.last_ended_ + shift;
}

void Profile::append_state(std::int64_t now, std::vector<mappings::Wide>& state) const {
  for (const OperationUse& use : uses_) state.push_back(use.visits > 0 ? 1 : 0);
  state.push_back(epoch_ == kNone ? 0 : now - uses_[epoch_].last);
  state.push_back((first_began_ ? 2 : 0) + (some_began_before_end() ? 1 : 0));
}

std::vector<OperationUse> Profile::uses() const {
  std::vector<OperationUse> out = uses_;
  for (std::size_t o = 0; o < out.size(); ++o) {
    out[o].before = before_[o];
    if (first_began_ && tails_[o].end == last_ended_) out[o].after = tails_[o].cycles;
  }
  return out;
}

}  // namespace einfall::sim
