#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "mappings/program/program.hpp"

namespace einfall::sim {

/// When an operation had its engine. Cycles are those that its visits kept the engine, held up by
/// ports or not. `before`: those of them before the slowest unit first began, `after`: those after
/// it ended for the last time.
struct OperationUse {
  std::int64_t visits = 0;
  std::int64_t cycles = 0;
  std::int64_t before = 0, after = 0;
  std::int64_t first = 0, last = 0;  // its first and its last visit began
};

/// Keeps that of every operation during a run, in constant time for a visit.
class Profile {
 public:
  Profile() = default;
  /// `slowest`: the engine whose first and last visit divide the run.
  Profile(const mappings::Program& program, std::size_t slowest);

  void began(std::size_t engine, std::size_t operation, std::int64_t now);
  void ended(std::size_t engine, std::int64_t now);

  /// A stretch of `cycles` that began when `before` was copied and ends now begins as it will when
  /// it is repeated: as long after an epoch, if it has any.
  [[nodiscard]] bool epochs_repeat(const Profile& before, std::int64_t cycles) const;
  /// A stretch of `cycles` repeats what happened since `before` was copied, so many times.
  void skip(const Profile& before, std::int64_t times, std::int64_t cycles);

  /// A stretch that was begun with `before` and ended with `after` is known well enough to be
  /// replayed: nothing happened in it for the first time.
  [[nodiscard]] static bool is_replayable(const Profile& before, const Profile& after);
  /// What happened in such a stretch happens again, so many times, for the last time `shift` cycles
  /// later.
  void replay(const Profile& before, const Profile& after, std::int64_t shift,
              std::int64_t times = 1);
  /// What has an influence on what is found later: cycles since the last epoch began, and which
  /// operations have begun at all.
  void append_state(std::int64_t now, std::vector<mappings::Wide>& state) const;

  /// By operation, once the run is over.
  [[nodiscard]] std::vector<OperationUse> uses() const;
  /// When the slowest unit first began and last ended; 0 if it did nothing.
  [[nodiscard]] std::int64_t first_began() const { return first_began_.value_or(0); }
  [[nodiscard]] std::int64_t last_ended() const { return last_ended_; }
  /// Cycles from one visit of the slowest unit's pipelined operation to the next, and how often it
  /// was so many; of the first kMostIntervals that differ.
  using Intervals = std::map<std::int64_t, std::int64_t>;
  static constexpr std::size_t kMostIntervals = 1000;
  [[nodiscard]] const Intervals& intervals() const { return intervals_; }

 private:
  struct Visit {
    std::optional<std::size_t> operation;
    std::int64_t began = 0;
  };
  /// Cycles of an operation since the slowest unit ended at `end`; none, if it has ended since.
  struct Tail {
    std::int64_t end = 0, cycles = 0;
  };
  void first_begins(std::int64_t now);
  /// Of what is under way when the slowest unit last ended, only a part comes behind that.
  [[nodiscard]] bool some_began_before_end() const;

  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t slowest_ = 0;
  std::size_t epoch_ = kNone;  // the operation whose visits are epochs
  Intervals intervals_;
  std::vector<OperationUse> uses_;  // `before` and `after` of no account
  std::vector<Visit> under_way_;    // by engine
  std::optional<std::int64_t> first_began_;
  std::int64_t last_ended_ = 0;
  std::vector<std::int64_t> before_;  // by operation: cycles until the slowest unit first began
  std::vector<Tail> tails_;           // by operation
};

}  // namespace einfall::sim
