#include "sim/array/wavefront.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <deque>
#include <map>

#include "tests/sim/array/random_drive.hpp"
#include "tests/support/naive_array.hpp"

namespace einfall::tests {
namespace {

using sim::ArrayInput;
using sim::ArraySpec;
using sim::Feed;
using sim::Instruction;
using sim::Slot;
using sim::Wavefront;
using sim::Word;

/// Random instructions, rows that come late, and words that come lane by lane; the same for every
/// model that is driven.
class RandomDrive {
 public:
  RandomDrive(Dice& dice, const ArraySpec& spec, bool careless)
      : dice_(dice),
        spec_(spec),
        careless_(careless),
        ready_(spec.unit.registers, spec.unit.operators) {}

  ArrayInput next(std::int64_t cycle) {
    if (!offered_ && !dice_.one_in(6)) offered_ = choose();
    // A careful sequencer waits until registers are ready.
    const bool waits =
        offered_ && legal(*offered_) && !(careless_ && dice_.one_in(40)) &&
        (ready_.earliest(*offered_, cycle) > cycle || ready_.fault(*offered_, cycle));
    ArrayInput input;
    if (offered_ && !waits) input.instruction = &*offered_;
    left_ = dice_.one_in(5) ? std::vector<float>{} : dice_.values(spec_.rows);
    top_ = dice_.one_in(5) ? std::vector<float>{} : dice_.values(spec_.columns);
    input.left = left_;
    input.top = top_;
    lanes_ = words(cycle);
    input.lanes = lanes_;
    return input;
  }
  void took(Slot slot, std::int64_t cycle) {
    if (slot != Slot::kIssued) return;
    if (offered_->feed == Feed::kLanes) --waiting_;
    ready_.issue(*offered_, cycle);
    offered_.reset();
  }

 private:
  bool legal(const Instruction& i) const {
    return illegal_because(i, {sim::UnitForm::kSpatialArray, spec_.unit.registers,
                               static_cast<int>(spec_.unit.constants.size())})
        .empty();
  }
  Instruction choose() {
    if (careless_ && dice_.one_in(60)) {
      Instruction odd;
      odd.a = sim::reg(dice_.roll(0, 255));
      odd.to_register = static_cast<std::uint8_t>(dice_.roll(0, 255));
      return odd;
    }
    Instruction i = random_instruction(dice_, spec_.unit, {sim::kLeft, sim::kTop}, true);
    // Registers that nothing wrote to yet are written first.
    if (ready_.fault(i, 1 << 30) && !(careless_ && dice_.one_in(10))) {
      i = {};
      i.a = sim::kLeft;
      i.to_register = static_cast<std::uint8_t>(dice_.roll(0, spec_.unit.registers - 1));
    }
    return i;
  }
  std::vector<Word> words(std::int64_t cycle) {
    std::vector<Word> out(static_cast<std::size_t>(spec_.columns));
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
  const ArraySpec& spec_;
  bool careless_;
  sim::Scoreboard ready_;
  std::optional<Instruction> offered_;
  std::vector<float> left_, top_;
  std::vector<Word> lanes_;
  std::vector<std::int64_t> started_;
  int waiting_ = 0;
};

bool same_words(std::span<const Word> a, std::span<const Word> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Word& x, const Word& y) {
    return x.valid == y.valid && (!x.valid || same_number(x.value, y.value));
  });
}

bool same_registers(const Wavefront& wavefront, const NaiveArray& naive, const ArraySpec& spec) {
  for (int r = 0; r < spec.rows; ++r)
    for (int c = 0; c < spec.columns; ++c)
      for (int k = 0; k < spec.unit.registers; ++k)
        if (!same_number(wavefront.value(r, c, k), naive.value(r, c, k))) return false;
  return true;
}

ArraySpec random_array(Dice& dice) {
  ArraySpec spec;
  spec.rows = dice.roll(1, 9);
  spec.columns = dice.roll(1, 9);
  spec.unit = random_unit(dice);
  spec.queue_depth = dice.roll(1, 3);
  return spec;
}

/// What a run met, so that a property is known to have covered it.
struct Met {
  std::map<Slot, int> slots;
  std::map<sim::Fault::Kind, int> faults;
  int words = 0;
  int same_faults = 0;
};

// In the same cycle; where several PEs go wrong in it, either may be named.
void check_fault(const std::optional<sim::Fault>& naive, const std::optional<sim::Fault>& wavefront,
                 Met& met) {
  RC_ASSERT(naive.has_value() == wavefront.has_value());
  if (!naive) return;
  RC_ASSERT(naive->cycle == wavefront->cycle);
  if (naive->row == wavefront->row && naive->column == wavefront->column)
    RC_ASSERT(*naive == *wavefront);
  met.same_faults += *naive == *wavefront ? 1 : 0;
}

void run_both(std::uint64_t seed, bool careless, Met& met) {
  Dice dice(seed);
  const ArraySpec spec = random_array(dice);
  Wavefront wavefront(spec);
  NaiveArray naive(spec);
  RandomDrive drive(dice, spec, careless);
  const int cycles = dice.roll(1, 150);
  for (int cycle = 0; cycle < cycles && !wavefront.fault(); ++cycle) {
    RC_ASSERT(same_words(wavefront.foot(), naive.foot()));
    for (const Word& word : wavefront.foot()) met.words += word.valid ? 1 : 0;
    const ArrayInput input = drive.next(cycle);
    const Slot slot = wavefront.tick(input);
    RC_ASSERT(naive.tick(input) == slot);
    check_fault(naive.fault(), wavefront.fault(), met);
    drive.took(slot, cycle);
    ++met.slots[slot];
    if (dice.one_in(20) && !wavefront.fault()) RC_ASSERT(same_registers(wavefront, naive, spec));
  }
  if (wavefront.fault()) ++met.faults[wavefront.fault()->kind];
  RC_ASSERT(careless || !wavefront.fault());
}

}  // namespace

TEST_CASE("the wavefront model is an array of PEs, bit for bit and cycle for cycle",
          "[array][property]") {
  Met met;
  rc::prop("the same words, slots and registers", [&met](std::uint64_t seed) {
    for (std::uint64_t n = 0; n < 10; ++n) run_both(seed * 10 + n, false, met);
  });
  for (const Slot slot :
       {Slot::kIssued, Slot::kNoInstruction, Slot::kBusy, Slot::kNoRow, Slot::kNoWord})
    CHECK(met.slots[slot] > 1000);
  CHECK(met.words > 10000);
}

TEST_CASE("what was not delivered ends the run of both models in the same fault",
          "[array][property]") {
  Met met;
  rc::prop("the same fault", [&met](std::uint64_t seed) {
    for (std::uint64_t n = 0; n < 40; ++n) run_both(seed * 40 + n, true, met);
  });
  using Kind = sim::Fault::Kind;
  for (const Kind kind : {Kind::kIllegal, Kind::kNeverWritten, Kind::kNotReady, Kind::kOverwritten,
                          Kind::kWordMissing, Kind::kQueueFull})
    CHECK(met.faults[kind] > 0);
  int all = 0;
  for (const auto& [kind, count] : met.faults) all += count;
  CHECK(met.same_faults > all / 100 * 99);
}

}  // namespace einfall::tests
