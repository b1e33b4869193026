#include "mappings/program/cursor.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

Levels from_level(const Walk& walk, std::size_t level) {
  return walk.all() & ~((Levels{1} << level) - 1);
}

// Visits of the levels from `from` inwards while those outside stand at these digits.
std::int64_t visits(const std::vector<WalkLevel>& levels, std::size_t from,
                    const std::vector<std::int64_t>& digits) {
  std::int64_t product = 1;
  for (std::size_t i = from; i < levels.size(); ++i) {
    // The innermost level of a rank counts for all of them.
    const WalkLevel& level = levels[i];
    const bool inner_follows = std::any_of(
        levels.begin() + static_cast<std::ptrdiff_t>(i) + 1, levels.end(), [&](const WalkLevel& l) {
          return std::find(l.outer.begin(), l.outer.end(), i) != l.outer.end();
        });
    if (inner_follows) continue;
    std::int64_t full = level.trips;
    std::int64_t offset = 0;
    for (const std::size_t o : level.outer) {
      if (o >= from)
        full *= levels[o].trips;
      else
        offset += digits[o] * levels[o].stride;
    }
    if (level.may_be_partial)
      full = std::min(full, base::ceil_div(level.extent - offset, level.stride));
    product *= full;
  }
  return product;
}

// Visits of the levels from `from` inwards before those in which the levels outside `to` stand at
// these digits.
std::int64_t visits_before(const std::vector<WalkLevel>& levels, std::size_t from, std::size_t to,
                           std::vector<std::int64_t> digits) {
  std::int64_t sum = 0;
  for (std::size_t level = to; level-- > from;) {
    const std::int64_t steps = digits[level];
    digits[level] = 0;  // those before are not cut off by the end of the rank
    sum += steps * visits(levels, level + 1, digits);
  }
  return sum;
}

}  // namespace

Cursor::Cursor(const Operation& operation)
    : operation_(&operation),
      walker_(operation.walk),
      run_(from_level(operation.walk, operation.run_from)) {
  if (operation.behind.mask) ahead_.emplace(operation.behind);
  begin_run();
  to_issued();
}

void Cursor::begin_run() {
  index_ = 0;
  shift_ = operation_->stage;
  if (follows_periods()) begin_period();
}

// The visits of a tail come behind the last visits of its period of the steady state.
void Cursor::begin_period() {
  const std::size_t from = operation_->period_from;
  const std::vector<std::int64_t>& digits = walker_.digits();
  period_.assign(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(from));
  const auto& steady = operation_->behind.levels;
  shift_ = operation_->stage - index_ + visits_before(steady, operation_->run_from, from, digits) +
           std::max<std::int64_t>(
               0, visits(steady, from, digits) - visits(operation_->walk.levels, from, digits));
}

// Past what the operation's own mask leaves out.
void Cursor::to_issued() {
  while (!walker_.done() && !walker_.issued()) {
    const bool last_of_run = walker_.at_last_counted(run_);
    walker_.next();
    ++index_;
    if (last_of_run) begin_run();
  }
  if (ahead_ && !walker_.done()) follow();
}

// The slot of a tail's visit is that of the last visit of the steady state at its place; of the
// last one in the run if the mask leaves none there.
void Cursor::follow() {
  const Walk& steady = operation_->behind;
  const auto in_run = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if (ahead_->digit(i) != walker_.digit(i)) return false;
    return true;
  };
  const std::size_t outside = operation_->run_from;
  while (!ahead_->done() && !in_run(0, outside)) ahead_->next(), index_ = 0;
  const Levels shared = steady.of(operation_->walk.parts());
  const Levels run = from_level(steady, outside);
  const auto is_behind = [&] {
    for (std::size_t i = 0; i < walker_.digits().size(); ++i) {
      const Levels same = steady.of(PartSet({operation_->walk.levels[i].part}));
      if (same != 0 &&
          ahead_->digit(static_cast<std::size_t>(__builtin_ctzll(same))) != walker_.digit(i))
        return false;
    }
    return ahead_->at_last(steady.all() & ~shared);
  };
  // Most visits are not the last even of their innermost loop, which is quicker to say.
  const Levels innermost = run & from_level(steady, steady.levels.size() - 1);
  const auto ends_run = [&] { return ahead_->at_last(innermost) && ahead_->at_last(run); };
  while (!ahead_->done() && !is_behind() && !ends_run()) ahead_->next(), ++index_;
}

void Cursor::next() {
  if (!operation_->group.valid()) {
    walker_.next();
    to_issued();
    return;
  }
  const bool last_of_run = walker_.at_last_counted(run_);
  if (last_of_run && beyond_ < operation_->extra) {
    ++beyond_;
    ++index_;
    return;
  }
  beyond_ = 0;
  walker_.next();
  if (!ahead_) ++index_;
  if (last_of_run && !walker_.done()) begin_run();
  if (follows_periods() && !walker_.done() &&
      !std::equal(period_.begin(), period_.end(), walker_.digits().begin()))
    begin_period();
  to_issued();
}

void Cursor::move(std::size_t level, std::int64_t steps) {
  walker_.move(level, steps);
  if (ahead_) ahead_->move(level, steps);
  if (level < period_.size()) period_[level] += steps;
  if (!operation_->group.valid() || level < operation_->run_from) return;
  const auto& levels = follows_periods() ? operation_->behind.levels : operation_->walk.levels;
  for (std::size_t i = level + 1; i < levels.size(); ++i) steps *= levels[i].trips;
  index_ += steps;
}

void Cursor::skip(std::size_t level, std::int64_t steps, std::int64_t visits) {
  walker_.skip(level, steps);
  if (ahead_) ahead_->skip(level, steps);
  if (level < period_.size()) period_[level] += steps;
  index_ += visits;
}

}  // namespace einfall::mappings
