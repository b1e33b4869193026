#include "sim/array/wavefront.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <map>

#include "tests/sim/array/array_drive.hpp"
#include "tests/support/naive_array.hpp"

namespace einfall::tests {
namespace {

using sim::ArrayInput;
using sim::ArraySpec;
using sim::Slot;
using sim::Wavefront;
using sim::Word;

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
  ArrayDrive drive(dice, spec, careless);
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
