#include "sim/vector/lanes.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {
namespace {

std::size_t longest_latency(const OperatorTable& table) {
  return static_cast<std::size_t>(std::max({table.multiply_add.latency, table.add.latency,
                                            table.compare.latency, table.divide.latency}));
}

Fault fault_of(Fault::Kind kind) {
  Fault fault;
  fault.kind = kind;
  return fault;
}

}  // namespace

Lanes::Lanes(LanesSpec spec)
    : spec_(std::move(spec)),
      arithmetic_(spec_.unit),
      scoreboard_(spec_.unit.registers, spec_.unit.operators),
      scale_(static_cast<std::size_t>(spec_.lanes)),
      waves_(static_cast<std::size_t>((spec_.lanes - 1) * spec_.unit.hop + 1)),
      queue_(spec_.lanes, spec_.foot_depth) {
  registers_.assign(static_cast<std::size_t>(spec_.unit.registers), scale_);
  const std::size_t rows = longest_latency(spec_.unit.operators) + 1;
  for (OutputLine& output : outputs_) {
    output.rows.assign(rows, std::vector<Word>(scale_.size()));
    output.taken.assign(rows, -1);
  }
}

Slot Lanes::tick(const LanesInput& input) {
  if (fault_) return Slot::kNoInstruction;
  push_foot(input.foot);
  const Slot slot = fault_ ? Slot::kNoInstruction : offer(input);
  if (!fault_ && slot == Slot::kIssued) issue(input);
  for (int lane = 0; lane < spec_.lanes && !fault_; ++lane) {
    const std::int64_t issued = cycle_ - std::int64_t{lane} * spec_.unit.hop;
    if (issued < 0) break;
    const Wave& wave = waves_[static_cast<std::size_t>(issued) % waves_.size()];
    if (wave.issued == issued) run(wave, lane);
  }
  if (fault_) {
    for (OutputLine& output : outputs_)
      for (auto& row : output.rows) row.assign(row.size(), Word{});
    return Slot::kNoInstruction;
  }
  for (OutputLine& output : outputs_) {
    auto& row = output.rows[slot_of(cycle_)];
    std::fill(row.begin(), row.end(), Word{});
  }
  ++slots_[static_cast<int>(slot)];
  ++cycle_;
  return slot;
}

void Lanes::push_foot(std::span<const Word> foot) {
  for (std::size_t n = 0; n < foot.size(); ++n) {
    if (!foot[n].valid) continue;
    const auto lane = static_cast<int>(n);
    if (queue_.full(lane)) return fail(fault_of(Fault::Kind::kQueueFull), lane, nullptr);
    queue_.push(lane, foot[n].value);
    most_waiting_ = std::max(most_waiting_, queue_.size(lane));
  }
}

Slot Lanes::preview(const LanesInput& input) const {
  if (fault_) return Slot::kNoInstruction;
  const bool comes = !input.foot.empty() && input.foot[0].valid;
  std::optional<Fault> fault;
  return judge(input, comes || !queue_.empty(0), fault);
}

Slot Lanes::offer(const LanesInput& input) {
  std::optional<Fault> fault;
  const Slot slot = judge(input, !queue_.empty(0), fault);
  if (fault) fail(*std::move(fault), 0, input.instruction);
  return slot;
}

Slot Lanes::judge(const LanesInput& input, bool word, std::optional<Fault>& fault) const {
  if (scoreboard_.busy(cycle_)) return Slot::kBusy;
  if (input.instruction == nullptr) return Slot::kNoInstruction;
  const Instruction& instruction = *input.instruction;
  const Limits limits{UnitForm::kVectorArray, spec_.unit.registers,
                      static_cast<int>(spec_.unit.constants.size())};
  if (std::string reason = illegal_because(instruction, limits); !reason.empty()) {
    fault.emplace().detail = std::move(reason);
    return Slot::kNoInstruction;
  }
  if (instruction.reads(Source::kMemory) && input.memory.empty()) return Slot::kNoRow;
  if (instruction.reads(Source::kFoot) && !word) return Slot::kNoWord;
  fault = scoreboard_.fault(instruction, cycle_);
  if (!fault && collides(instruction)) fault = fault_of(Fault::Kind::kOutputCollision);
  return fault ? Slot::kNoInstruction : Slot::kIssued;
}

bool Lanes::collides(const Instruction& i) const {
  const std::int64_t leaves = cycle_ + spec_.unit.operators.of(i.op).latency;
  const auto taken = [&](Output output) {
    return outputs_[output].taken[slot_of(leaves)] == leaves;
  };
  return (i.to_link && taken(kToLink)) || (i.to_memory && taken(kToMemory));
}

void Lanes::issue(const LanesInput& input) {
  const Instruction& i = *input.instruction;
  scoreboard_.issue(i, cycle_);
  Wave& wave = waves_[static_cast<std::size_t>(cycle_) % waves_.size()];
  wave.issued = cycle_;
  wave.instruction = i;
  if (i.reads(Source::kMemory)) {
    EINFALL_ENSURE(input.memory.size() == scale_.size(), "words of a row");
    wave.memory.assign(input.memory.begin(), input.memory.end());
  }
  const std::int64_t leaves = cycle_ + spec_.unit.operators.of(i.op).latency;
  if (i.to_link) outputs_[kToLink].taken[slot_of(leaves)] = leaves;
  if (i.to_memory) outputs_[kToMemory].taken[slot_of(leaves)] = leaves;
}

void Lanes::run(const Wave& wave, int lane) {
  const Instruction& i = wave.instruction;
  float word = 0;
  if (i.reads(Source::kFoot)) {
    if (queue_.empty(lane)) return fail(fault_of(Fault::Kind::kWordMissing), lane, &i);
    word = queue_.pop(lane);
  }
  const auto value = [&](const Operand& operand) {
    switch (operand.source) {
      case Source::kRegister:
        return registers_[operand.index][lane];
      case Source::kConstant:
        return spec_.unit.constants[operand.index];
      case Source::kFoot:
        return word;
      case Source::kMemory:
        return wave.memory[lane];
      default:
        return 0.0F;
    }
  };
  const float result = arithmetic_(i, value(i.a), value(i.b), value(i.c), scale_[lane]);
  if (i.to_register != Instruction::kNoRegister) registers_[i.to_register][lane] = result;
  const std::size_t leaves = slot_of(cycle_ + spec_.unit.operators.of(i.op).latency);
  if (i.to_link) outputs_[kToLink].rows[leaves][lane] = {result, true};
  if (i.to_memory) outputs_[kToMemory].rows[leaves][lane] = {result, true};
}

void Lanes::fail(Fault fault, int lane, const Instruction* instruction) {
  fault.cycle = cycle_;
  fault.column = lane;
  if (instruction != nullptr) fault.instruction = text(*instruction);
  fault_ = std::move(fault);
}

}  // namespace einfall::sim
