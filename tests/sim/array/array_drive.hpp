#pragma once

#include <optional>
#include <vector>

#include "sim/array/wavefront.hpp"
#include "tests/sim/array/random_drive.hpp"

namespace einfall::tests {

/// Random instructions, rows that come late, and words that come lane by lane; the same for every
/// model that is driven.
class ArrayDrive {
 public:
  ArrayDrive(Dice& dice, const sim::ArraySpec& spec, bool careless)
      : dice_(dice),
        spec_(spec),
        careless_(careless),
        ready_(spec.unit.registers, spec.unit.operators) {}

  sim::ArrayInput next(std::int64_t cycle) {
    if (!offered_ && !dice_.one_in(6)) offered_ = choose();
    // A careful sequencer waits until registers are ready.
    const bool waits =
        offered_ && legal(*offered_) && !(careless_ && dice_.one_in(40)) &&
        (ready_.earliest(*offered_, cycle) > cycle || ready_.fault(*offered_, cycle));
    sim::ArrayInput input;
    if (offered_ && !waits) input.instruction = &*offered_;
    left_ = dice_.one_in(5) ? std::vector<float>{} : dice_.values(spec_.rows);
    top_ = dice_.one_in(5) ? std::vector<float>{} : dice_.values(spec_.columns);
    input.left = left_;
    input.top = top_;
    lanes_ = words(cycle);
    input.lanes = lanes_;
    return input;
  }
  void took(sim::Slot slot, std::int64_t cycle) {
    if (slot != sim::Slot::kIssued) return;
    if (offered_->feed == sim::Feed::kLanes) --waiting_;
    ready_.issue(*offered_, cycle);
    offered_.reset();
  }

 private:
  bool legal(const sim::Instruction& i) const {
    return illegal_because(i, {sim::UnitForm::kSpatialArray, spec_.unit.registers,
                               static_cast<int>(spec_.unit.constants.size())})
        .empty();
  }
  sim::Instruction choose() {
    if (careless_ && dice_.one_in(60)) {
      sim::Instruction odd;
      odd.a = sim::reg(dice_.roll(0, 255));
      odd.to_register = static_cast<std::uint8_t>(dice_.roll(0, 255));
      return odd;
    }
    sim::Instruction i = random_instruction(dice_, spec_.unit, {sim::kLeft, sim::kTop}, true);
    // Registers that nothing wrote to yet are written first.
    if (ready_.fault(i, 1 << 30) && !(careless_ && dice_.one_in(10))) {
      i = {};
      i.a = sim::kLeft;
      i.to_register = static_cast<std::uint8_t>(dice_.roll(0, spec_.unit.registers - 1));
    }
    return i;
  }
  std::vector<sim::Word> words(std::int64_t cycle) {
    std::vector<sim::Word> out(static_cast<std::size_t>(spec_.columns));
    if (dice_.one_in(4) && (waiting_ < spec_.queue_depth || (careless_ && dice_.one_in(20)))) {
      started_.push_back(cycle);
      ++waiting_;
    }
    for (const std::int64_t start : started_)
      if ((cycle - start) % spec_.unit.hop == 0) {
        const std::int64_t column = (cycle - start) / spec_.unit.hop;
        if (column < spec_.columns && !(careless_ && dice_.one_in(200)))
          out[static_cast<std::size_t>(column)] = {dice_.value(), true};
      }
    return out;
  }

  Dice& dice_;
  const sim::ArraySpec& spec_;
  bool careless_;
  sim::Scoreboard ready_;
  std::optional<sim::Instruction> offered_;
  std::vector<float> left_, top_;
  std::vector<sim::Word> lanes_;
  std::vector<std::int64_t> started_;
  int waiting_ = 0;
};

inline sim::ArraySpec random_array(Dice& dice) {
  sim::ArraySpec spec;
  spec.rows = dice.roll(1, 9);
  spec.columns = dice.roll(1, 9);
  spec.unit = random_unit(dice);
  spec.queue_depth = dice.roll(1, 3);
  return spec;
}

}  // namespace einfall::tests
