#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/vector/lanes.hpp"
#include "tests/sim/array/random_drive.hpp"

namespace einfall::tests {

/// Random instructions, memory rows that come late, and words from a foot.
class LanesDrive {
 public:
  LanesDrive(Dice& dice, const sim::LanesSpec& spec, bool careless)
      : dice_(dice),
        spec_(spec),
        careless_(careless),
        ready_(spec.unit.registers, spec.unit.operators) {}

  sim::LanesInput next(std::int64_t cycle) {
    if (!offered_ && !dice_.one_in(6)) offered_ = choose();
    const bool waits = offered_ && legal() && !(careless_ && dice_.one_in(40)) && too_soon(cycle);
    sim::LanesInput input;
    if (offered_ && !waits) input.instruction = &*offered_;
    memory_ = dice_.one_in(5) ? std::vector<float>{} : dice_.values(spec_.lanes);
    input.memory = memory_;
    foot_ = words(cycle);
    input.foot = foot_;
    return input;
  }
  void took(sim::Slot slot, std::int64_t cycle) {
    if (slot != sim::Slot::kIssued) return;
    if (offered_->reads(sim::Source::kFoot)) --waiting_;
    ready_.issue(*offered_, cycle);
    const std::int64_t leaves = cycle + spec_.unit.operators.of(offered_->op).latency;
    if (offered_->to_link || offered_->to_memory) leaving_[leaves] = true;
    offered_.reset();
  }

 private:
  [[nodiscard]] bool legal() const {
    return illegal_because(*offered_, {sim::UnitForm::kVectorArray, spec_.unit.registers,
                                       static_cast<int>(spec_.unit.constants.size())})
        .empty();
  }
  [[nodiscard]] bool too_soon(std::int64_t cycle) const {
    return ready_.earliest(*offered_, cycle) > cycle || ready_.fault(*offered_, cycle) ||
           leaving_.count(cycle + spec_.unit.operators.of(offered_->op).latency) > 0;
  }
  sim::Instruction choose() {
    sim::Instruction i = random_instruction(dice_, spec_.unit, {sim::kFoot, sim::kMemory}, false);
    if (careless_ && dice_.one_in(60)) i.op = sim::Op::kExchange;
    i.to_memory = dice_.one_in(4);
    if (ready_.fault(i, 1 << 30) && !(careless_ && dice_.one_in(10))) {
      i = {};
      i.a = sim::kMemory;
      i.to_register = static_cast<std::uint8_t>(dice_.roll(0, spec_.unit.registers - 1));
    }
    return i;
  }
  std::vector<sim::Word> words(std::int64_t cycle) {
    std::vector<sim::Word> out(static_cast<std::size_t>(spec_.lanes));
    if (dice_.one_in(4) && (waiting_ < spec_.foot_depth || (careless_ && dice_.one_in(20)))) {
      started_.push_back(cycle);
      ++waiting_;
    }
    for (const std::int64_t start : started_) {
      const std::int64_t lane = (cycle - start) / spec_.unit.hop;
      if ((cycle - start) % spec_.unit.hop == 0 && lane < spec_.lanes &&
          !(careless_ && dice_.one_in(200)))
        out[static_cast<std::size_t>(lane)] = {dice_.value(), true};
    }
    return out;
  }

  Dice& dice_;
  const sim::LanesSpec& spec_;
  bool careless_;
  sim::Scoreboard ready_;
  std::optional<sim::Instruction> offered_;
  std::vector<float> memory_;
  std::vector<sim::Word> foot_;
  std::map<std::int64_t, bool> leaving_;
  std::vector<std::int64_t> started_;
  int waiting_ = 0;
};

inline sim::LanesSpec random_lanes(Dice& dice) {
  sim::LanesSpec spec;
  spec.lanes = dice.roll(1, 12);
  spec.unit = random_unit(dice);
  spec.foot_depth = dice.roll(1, 3);
  return spec;
}

}  // namespace einfall::tests
