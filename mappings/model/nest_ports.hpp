#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "mappings/model/nest_plan.hpp"

namespace einfall::mappings {

/// What the operations of a phase and the transfers beside them make of the ports that they share
/// (port_shares.hpp). A recurrence knows them in the order of the nest, which need not be that of
/// time: a piece that turns out to have passed beside phases that are over holds them up, and all
/// that came after them, in hindsight. What lies more than kPhases phases back is left as it is,
/// and so is when a piece is there that phases behind it hold up.
class NestPorts {
 public:
  explicit NestPorts(const NestPlan& plan);

  /// By how many cycles a phase ends later than was known, and all that is not earlier than
  /// `since`; fewer than none where it turns out to share with fewer.
  struct Delay {
    double since = 0, cycles = 0;
    std::int64_t phase = 0;
    /// What an operation gave before, while it was under way.
    struct Held {
      std::size_t op = 0;
      double since = 0, cycles = 0;
    };
    std::vector<Held> held;
  };
  /// An operation of the phase under way, ready but for what comes from the outermost memory, and
  /// when that arrived; how much of a whole visit it is.
  void begin(std::size_t op, double ready, double arrived, double cycles, double share);
  /// The phase is over.
  std::vector<Delay> close(std::int64_t phase, double end);
  /// A piece, as much of a whole one, passes from `start` to `end` where nobody interrupts it: only
  /// for so long it takes ports.
  std::vector<Delay> pass(std::size_t op, double start, double end, double share);

  /// Everything known so far comes so much later.
  void shift(double cycles);

 private:
  static constexpr std::size_t kPhases = 24, kPassing = 64;

  struct Use {
    std::size_t op = 0;
    double ready = 0;    // but for what comes from outside
    double arrived = 0;  // which phases do not hold up
    double start = 0, cycles = 0;
    double longer = 0;  // for want of ports, as far as is known
    double share = 1;   // of its rows
    [[nodiscard]] double asked() const { return std::max(ready, arrived); }
    [[nodiscard]] double end() const { return start + cycles + longer; }
  };
  struct Phase {
    std::int64_t number = 0;
    double begin = 0, end = 0;
    double waits = 0;          // behind the last operation
    std::vector<double> most;  // rows a cycle that all engines may ask for, by group
    bool held = false;         // somebody is, as far as is known
    std::vector<Use> uses;     // each engine's in order
  };
  class Replay;
  [[nodiscard]] static double begin_of(const std::vector<Use>& uses);
  [[nodiscard]] std::vector<double> most_of(const std::vector<Use>& uses) const;
  [[nodiscard]] bool may_lack(std::size_t first) const;
  std::vector<Delay> replay(double since);

  const NestPlan& plan_;
  std::deque<Phase> phases_;
  std::vector<Use> open_;
  std::deque<Use> passing_;  // by start
};

}  // namespace einfall::mappings
