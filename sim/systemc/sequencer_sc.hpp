#pragma once

#include <deque>

#include "sim/sequencer/sequencer.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

struct SequencerScSpec {
  std::vector<std::vector<Visit>> visits;  // by unit
  std::vector<std::int64_t> initial;       // tokens that are there from the beginning
  std::vector<std::size_t> taking_part;    // sequencers, by barrier
  /// A token that others count. It can be taken `delay` >= 1 cycles after the cycle in which the
  /// count has risen.
  struct Given {
    std::size_t token = 0;
    std::int64_t delay = 1;
  };
  std::vector<Given> given;
};

/// The sequencers of a machine with their tokens and barriers. Latency: a visit counts as started
/// in the cycle in which it starts, which is at least one after what others counted for it.
class SequencerSc : public Clocked {
 public:
  std::deque<CountIn> given;     // as in the specification
  std::deque<CountOut> started;  // visits, by unit

  SequencerSc(const sc_core::sc_module_name& name, const SequencerScSpec& spec);
  [[nodiscard]] const Sequencer& core(std::size_t unit) const { return units_[unit]; }
  /// All visits are over.
  [[nodiscard]] bool done() const;

 private:
  void settle() override;
  void step() override;
  void start_what_can();

  SequencerScSpec spec_;
  TokenBoard board_;
  std::vector<Sequencer> units_;
  std::vector<std::int64_t> seen_;  // of `given`
};

}  // namespace einfall::sim
