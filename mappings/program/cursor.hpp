#pragma once

#include <optional>

#include "mappings/program/program.hpp"

namespace einfall::mappings {

/// An operation's next visit, and where it falls in the order of its engine (turns.hpp).
class Cursor {
 public:
  explicit Cursor(const Operation& operation);

  [[nodiscard]] bool done() const { return walker_.done(); }
  [[nodiscard]] const Walker& at() const { return walker_; }
  [[nodiscard]] Walker& at() { return walker_; }
  /// Of a grouped operation: the slot its next visit falls into, counted from the beginning of the
  /// run.
  [[nodiscard]] std::int64_t slot() const { return index_ + shift_; }
  /// To the next visit.
  void next();
  /// A visit after the walk's last (Operation::extra).
  [[nodiscard]] std::int64_t beyond() const { return beyond_; }
  /// Whether `skip` can move this level.
  [[nodiscard]] bool can_skip(std::size_t level) const {
    return !ahead_ || level < operation_->period_from;
  }
  /// Moves a level on (Walker::skip), and the slots with it.
  void skip(std::size_t level, std::int64_t steps, std::int64_t visits);
  /// Moves a level to another step (Walker::move), and the slots with it. Precondition: where there
  /// is a deciding level, this one is outside of the run.
  void move(std::size_t level, std::int64_t steps);

 private:
  [[nodiscard]] bool follows_periods() const {
    return !operation_->behind.levels.empty() && !ahead_;
  }
  void begin_run();
  void begin_period();
  void to_issued();
  void follow();

  const Operation* operation_;
  Walker walker_;
  Levels run_ = 0;  // the levels of a run
  /// Of a tail behind a steady state of which a mask leaves a part: a place in it, behind which the
  /// next visit comes.
  std::optional<Walker> ahead_;
  std::vector<std::int64_t> period_;  // of a tail: where the levels outside its period stand
  std::int64_t index_ = 0;
  std::int64_t shift_ = 0;
  std::int64_t beyond_ = 0;
};

}  // namespace einfall::mappings
