#include "sim/engine/profile.hpp"

namespace einfall::sim {

Profile::Profile(const mappings::Program& program, std::size_t slowest)
    : slowest_(slowest),
      uses_(program.operations.size()),
      under_way_(program.engines.size()),
      at_first_(program.operations.size(), 0),
      at_last_(program.operations.size(), 0) {
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
  if (engine != slowest_ || first_began_) return;
  first_began_ = now;
  copy_until(now, at_first_);
}

void Profile::ended(std::size_t engine, std::int64_t now) {
  Visit& visit = under_way_[engine];
  uses_[*visit.operation].cycles += now - visit.began;
  visit.operation.reset();
  if (engine != slowest_) return;
  last_ended_ = now;
  copy_until(now, at_last_);
}

void Profile::copy_until(std::int64_t now, std::vector<std::int64_t>& cycles) const {
  for (std::size_t o = 0; o < uses_.size(); ++o) cycles[o] = uses_[o].cycles;
  for (const Visit& visit : under_way_)
    if (visit.operation) cycles[*visit.operation] += now - visit.began;
}

void Profile::skip(const Profile& before, std::int64_t times, std::int64_t cycles) {
  const bool slowest_ended = last_ended_ != before.last_ended_;
  if (slowest_ended) last_ended_ += cycles;
  for (std::size_t o = 0; o < uses_.size(); ++o) {
    const OperationUse& past = before.uses_[o];
    OperationUse& use = uses_[o];
    const std::int64_t more = times * (use.cycles - past.cycles);
    // What repeats comes before the slowest unit begins or after it, never both.
    if (slowest_ended) at_last_[o] += more;
    use.cycles += more;
    if (use.visits != past.visits) use.last += cycles;
    use.visits += times * (use.visits - past.visits);
  }
  for (auto& [interval, count] : intervals_) {
    const auto past = before.intervals_.find(interval);
    count += times * (count - (past == before.intervals_.end() ? 0 : past->second));
  }
  for (Visit& visit : under_way_) visit.began += cycles;
}

std::vector<OperationUse> Profile::uses() const {
  std::vector<OperationUse> out = uses_;
  for (std::size_t o = 0; o < out.size(); ++o) {
    out[o].before = at_first_[o];
    out[o].after = first_began_ ? out[o].cycles - at_last_[o] : 0;
  }
  return out;
}

}  // namespace einfall::sim
