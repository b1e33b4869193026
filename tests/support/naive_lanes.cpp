#include "tests/support/naive_lanes.hpp"

namespace einfall::tests {

using sim::Fault;
using sim::Instruction;
using sim::Slot;
using sim::Source;
using sim::Word;

NaiveLanes::NaiveLanes(sim::LanesSpec spec)
    : spec_(std::move(spec)),
      arithmetic_(spec_.unit),
      lanes_(static_cast<std::size_t>(spec_.lanes),
             Lane{NaivePe(spec_.unit.registers, spec_.unit.operators),
                  {},
                  {},
                  {},
                  DelayLine<Passing>(spec_.unit.hop)}) {}

std::vector<Word> NaiveLanes::link() const {
  std::vector<Word> out;
  for (const Lane& lane : lanes_) {
    const auto due = lane.link.find(cycle_);
    out.push_back(due == lane.link.end() || fault_ ? Word{} : Word{due->second, true});
  }
  return out;
}

std::vector<Word> NaiveLanes::memory() const {
  std::vector<Word> out;
  for (const Lane& lane : lanes_) {
    const auto due = lane.memory.find(cycle_);
    out.push_back(due == lane.memory.end() || fault_ ? Word{} : Word{due->second, true});
  }
  return out;
}

bool NaiveLanes::fail(Fault fault, int lane, const Instruction* instruction) {
  fault.cycle = cycle_;
  fault.column = lane;
  if (instruction != nullptr) fault.instruction = text(*instruction);
  fault_ = fault;
  return false;
}

Slot NaiveLanes::offer(const sim::LanesInput& input) {
  if (cycle_ < free_) return Slot::kBusy;
  if (input.instruction == nullptr) return Slot::kNoInstruction;
  const Instruction& i = *input.instruction;
  const sim::Limits limits{sim::UnitForm::kVectorArray, spec_.unit.registers,
                           static_cast<int>(spec_.unit.constants.size())};
  if (!illegal_because(i, limits).empty()) {
    Fault fault;
    fault.detail = illegal_because(i, limits);
    fail(fault, 0, &i);
    return Slot::kNoInstruction;
  }
  if (i.reads(Source::kMemory) && input.memory.empty()) return Slot::kNoRow;
  if (i.reads(Source::kFoot) && lanes_[0].foot.empty()) return Slot::kNoWord;
  free_ = cycle_ + spec_.unit.operators.of(i.op).issue;
  return Slot::kIssued;
}

bool NaiveLanes::step(int number, const Passing& passing) {
  Lane& lane = lanes_[number];
  const Instruction& i = *passing.instruction;
  if (auto fault = lane.pe.fault(i, cycle_)) return fail(*fault, number, &i);
  const std::int64_t leaves = cycle_ + spec_.unit.operators.of(i.op).latency;
  Fault fault;
  fault.kind = Fault::Kind::kOutputCollision;
  if (i.to_link && lane.link.count(leaves) > 0) return fail(fault, number, &i);
  if (i.to_memory && lane.memory.count(leaves) > 0) return fail(fault, number, &i);
  std::vector<float> port(8);
  if (i.reads(Source::kMemory))
    port[static_cast<std::size_t>(Source::kMemory)] = passing.memory[number];
  if (i.reads(Source::kFoot)) {
    fault.kind = Fault::Kind::kWordMissing;
    if (lane.foot.empty()) return fail(fault, number, &i);
    port[static_cast<std::size_t>(Source::kFoot)] = lane.foot.front();
    lane.foot.pop_front();
  }
  const float result = lane.pe.run(i, cycle_, arithmetic_, spec_.unit.constants, port);
  if (i.to_link) lane.link[leaves] = result;
  if (i.to_memory) lane.memory[leaves] = result;
  return true;
}

Slot NaiveLanes::tick(const sim::LanesInput& input) {
  if (fault_) return Slot::kNoInstruction;
  for (std::size_t n = 0; n < input.foot.size(); ++n) {
    if (!input.foot[n].valid) continue;
    Fault fault;
    fault.kind = Fault::Kind::kQueueFull;
    if (static_cast<int>(lanes_[n].foot.size()) == spec_.foot_depth) {
      fail(fault, static_cast<int>(n), nullptr);
      return Slot::kNoInstruction;
    }
    lanes_[n].foot.push_back(input.foot[n].value);
  }
  const Slot slot = offer(input);
  if (fault_) return Slot::kNoInstruction;
  Passing first;
  if (slot == Slot::kIssued) {
    first.instruction = *input.instruction;
    first.memory.assign(input.memory.begin(), input.memory.end());
  }
  std::vector<Passing> passing{first};
  for (int n = 1; n < spec_.lanes; ++n) passing.push_back(lanes_[n - 1].next.out());
  for (int n = 0; n < spec_.lanes; ++n) {
    if (passing[n].instruction && !step(n, passing[n])) return Slot::kNoInstruction;
    lanes_[n].next.shift(passing[n]);
  }
  ++cycle_;
  return slot;
}

}  // namespace einfall::tests
