#include "sim/systemc/sequencer_sc.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

SequencerSc::SequencerSc(const sc_core::sc_module_name& name, const SequencerScSpec& spec)
    : Clocked(name),
      spec_(spec),
      board_(spec.initial, spec.taking_part),
      seen_(spec.given.size(), 0) {
  for (std::size_t n = 0; n < spec_.given.size(); ++n) {
    EINFALL_ENSURE(spec_.given[n].delay >= 1, "a module's outputs know earlier cycles only");
    given.emplace_back(fmt::format("given{}", n).c_str());
  }
  for (const std::vector<Visit>& visits : spec_.visits) {
    started.emplace_back(fmt::format("started{}", units_.size()).c_str());
    units_.emplace_back(visits);
  }
  start_what_can();
}

bool SequencerSc::done() const {
  return std::all_of(units_.begin(), units_.end(), [](const Sequencer& s) { return s.done(); });
}

void SequencerSc::settle() {
  for (std::size_t u = 0; u < units_.size(); ++u)
    started[u].write(static_cast<std::int64_t>(units_[u].issued().size()));
}

void SequencerSc::step() {
  for (std::size_t n = 0; n < given.size(); ++n)
    for (; seen_[n] < given[n].read(); ++seen_[n])
      board_.give(spec_.given[n].token, spec_.given[n].delay);
  board_.tick();
  for (Sequencer& unit : units_) unit.tick();
  start_what_can();
}

void SequencerSc::start_what_can() {
  for (bool any = true; any;) {
    any = false;
    for (Sequencer& unit : units_) any = unit.step(board_) || any;
  }
}

}  // namespace einfall::sim
