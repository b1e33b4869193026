#include "sim/vector/lanes.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <map>

#include "tests/sim/array/random_drive.hpp"
#include "tests/support/naive_lanes.hpp"

namespace einfall::tests {
namespace {

using sim::Instruction;
using sim::Lanes;
using sim::LanesInput;
using sim::LanesSpec;
using sim::Slot;
using sim::Source;
using sim::Word;

/// Random instructions, memory rows that come late, and words from a foot.
class RandomDrive {
 public:
  RandomDrive(Dice& dice, const LanesSpec& spec, bool careless)
      : dice_(dice),
        spec_(spec),
        careless_(careless),
        ready_(spec.unit.registers, spec.unit.operators) {}

  LanesInput next(std::int64_t cycle) {
    if (!offered_ && !dice_.one_in(6)) offered_ = choose();
    const bool waits = offered_ && legal() && !(careless_ && dice_.one_in(40)) && too_soon(cycle);
    LanesInput input;
    if (offered_ && !waits) input.instruction = &*offered_;
    memory_ = dice_.one_in(5) ? std::vector<float>{} : dice_.values(spec_.lanes);
    input.memory = memory_;
    foot_ = words(cycle);
    input.foot = foot_;
    return input;
  }
  void took(Slot slot, std::int64_t cycle) {
    if (slot != Slot::kIssued) return;
    if (offered_->reads(Source::kFoot)) --waiting_;
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
  Instruction choose() {
    Instruction i = random_instruction(dice_, spec_.unit, {sim::kFoot, sim::kMemory}, false);
    if (careless_ && dice_.one_in(60)) i.op = sim::Op::kExchange;
    i.to_memory = dice_.one_in(4);
    if (ready_.fault(i, 1 << 30) && !(careless_ && dice_.one_in(10))) {
      i = {};
      i.a = sim::kMemory;
      i.to_register = static_cast<std::uint8_t>(dice_.roll(0, spec_.unit.registers - 1));
    }
    return i;
  }
  std::vector<Word> words(std::int64_t cycle) {
    std::vector<Word> out(static_cast<std::size_t>(spec_.lanes));
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
  const LanesSpec& spec_;
  bool careless_;
  sim::Scoreboard ready_;
  std::optional<Instruction> offered_;
  std::vector<float> memory_;
  std::vector<Word> foot_;
  std::map<std::int64_t, bool> leaving_;
  std::vector<std::int64_t> started_;
  int waiting_ = 0;
};

bool same_words(std::span<const Word> a, const std::vector<Word>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Word& x, const Word& y) {
    return x.valid == y.valid && (!x.valid || same_number(x.value, y.value));
  });
}

/// What a run met, so that a property is known to have covered it.
struct Met {
  std::map<Slot, int> slots;
  std::map<sim::Fault::Kind, int> faults;
  int words = 0;
};

void run_both(std::uint64_t seed, bool careless, Met& met) {
  Dice dice(seed);
  LanesSpec spec;
  spec.lanes = dice.roll(1, 12);
  spec.unit = random_unit(dice);
  spec.foot_depth = dice.roll(1, 3);
  Lanes lanes(spec);
  NaiveLanes naive(spec);
  RandomDrive drive(dice, spec, careless);
  const int cycles = dice.roll(1, 150);
  for (int cycle = 0; cycle < cycles && !lanes.fault(); ++cycle) {
    RC_ASSERT(same_words(lanes.link(), naive.link()));
    RC_ASSERT(same_words(lanes.memory(), naive.memory()));
    for (const Word& word : lanes.link()) met.words += word.valid ? 1 : 0;
    const LanesInput input = drive.next(cycle);
    const Slot slot = lanes.tick(input);
    RC_ASSERT(naive.tick(input) == slot);
    RC_ASSERT(naive.fault() == lanes.fault());
    drive.took(slot, cycle);
    ++met.slots[slot];
    for (int lane = 0; lane < spec.lanes && !lanes.fault(); ++lane)
      for (int k = 0; k < spec.unit.registers; ++k)
        RC_ASSERT(same_number(lanes.value(lane, k), naive.value(lane, k)));
  }
  if (lanes.fault()) ++met.faults[lanes.fault()->kind];
  RC_ASSERT(careless || !lanes.fault());
}

}  // namespace

TEST_CASE("the vector array is a row of lanes, bit for bit and cycle for cycle",
          "[vector][property]") {
  Met met;
  rc::prop("the same words, slots and registers", [&met](std::uint64_t seed) {
    for (std::uint64_t n = 0; n < 10; ++n) run_both(seed * 10 + n, false, met);
  });
  for (const Slot slot :
       {Slot::kIssued, Slot::kNoInstruction, Slot::kBusy, Slot::kNoRow, Slot::kNoWord})
    CHECK(met.slots[slot] > 1000);
  CHECK(met.words > 10000);
}

TEST_CASE("both models of the vector array end in the same fault", "[vector][property]") {
  Met met;
  rc::prop("the same fault", [&met](std::uint64_t seed) {
    for (std::uint64_t n = 0; n < 40; ++n) run_both(seed * 40 + n, true, met);
  });
  using Kind = sim::Fault::Kind;
  for (const Kind kind : {Kind::kIllegal, Kind::kNeverWritten, Kind::kNotReady, Kind::kOverwritten,
                          Kind::kWordMissing, Kind::kQueueFull, Kind::kOutputCollision})
    CHECK(met.faults[kind] > 0);
}

}  // namespace einfall::tests
