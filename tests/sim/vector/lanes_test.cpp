#include "sim/vector/lanes.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <map>

#include "tests/sim/vector/lanes_drive.hpp"
#include "tests/support/naive_lanes.hpp"

namespace einfall::tests {
namespace {

using sim::Lanes;
using sim::LanesInput;
using sim::LanesSpec;
using sim::Slot;
using sim::Word;

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
  const LanesSpec spec = random_lanes(dice);
  Lanes lanes(spec);
  NaiveLanes naive(spec);
  LanesDrive drive(dice, spec, careless);
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
