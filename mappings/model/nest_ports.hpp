#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "mappings/model/nest_plan.hpp"
#include "mappings/model/nest_queue.hpp"

namespace einfall::mappings {

/// What the operations of a phase and the transfers beside them make of the ports that they share
/// (port_shares.hpp). A recurrence knows them in the order of the nest, which need not be that of
/// time: a piece that turns out to have passed beside phases that are over holds them up, and all
/// that came after them, in hindsight, and they hold it up. What lies more than kPhases phases back
/// is left as it is, and so is who has waited for a piece that phases behind it hold up.
class NestPorts {
 public:
  explicit NestPorts(const NestPlan& plan);

  /// By how many cycles a phase ends later than was known, and all that is not earlier than
  /// `since`; fewer than none where it turns out to share with fewer.
  struct Delay {
    double since = 0, cycles = 0;
    std::int64_t phase = 0;
    std::int64_t last = 0;  // visit of the phase: what later ones make comes so much later
    /// What a visit of the phase, or a piece beside it, makes comes by so many cycles later.
    struct Held {
      std::size_t op = 0;
      std::int64_t visit = 0;
      double cycles = 0;
    };
    std::vector<Held> held;
  };
  /// A visit of an operation or of a transfer, ready but for what comes from the outermost memory,
  /// and when that arrived. Visits are counted upwards.
  struct Begin {
    std::size_t op = 0;
    std::int64_t visit = 0;
    double free = 0;                // its engine
    std::vector<NestValue> values;  // of operations, that it waits for
    double arrived = 0, cycles = 0;
    std::vector<double> rows;  // by group
  };
  /// An operation of the phase under way.
  void begin(const Begin& here);
  /// The phase is over; `last`: the latest visit of all.
  std::vector<Delay> close(std::int64_t phase, double end, std::int64_t last);
  /// A piece passes, from when on it may and for so many cycles where nobody interrupts it: only
  /// for so long it takes ports.
  std::vector<Delay> pass(const Begin& here);

  /// Everything known so far comes so much later.
  void shift(double cycles);

 private:
  static constexpr std::size_t kPhases = 256, kPassing = 256;
  static constexpr std::size_t kOpen = 256;  // visits that no phase ends: the last of them

  struct Use {
    std::size_t op = 0;
    std::int64_t visit = 0;
    double free = 0;                // its engine, behind the phase before
    std::vector<NestValue> values;  // that it waits for
    double arrived = 0;             // which phases do not hold up
    double start = 0, cycles = 0;
    double longer = 0;  // for want of ports, as far as is known
    std::vector<double> rows;
    [[nodiscard]] double asked() const;
    [[nodiscard]] double end() const { return start + cycles + longer; }
  };
  struct Phase {
    std::int64_t number = 0;
    double begin = 0, end = 0;
    double waits = 0;          // behind the last operation
    std::int64_t last = 0;     // visit
    std::vector<double> most;  // rows a cycle that all engines may ask for, by group
    bool held = false;         // somebody is, as far as is known
    std::vector<Use> uses;     // each engine's in order
  };
  class Replay;
  [[nodiscard]] static Use use_of(const Begin& here);
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
