#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <map>

#include "sim/systemc/array_sc.hpp"
#include "sim/systemc/lanes_sc.hpp"
#include "tests/sim/array/array_drive.hpp"
#include "tests/sim/vector/lanes_drive.hpp"

// The modules of both arrays against their cores alone, driven alike.
namespace einfall::tests {
namespace {

using sim::same_bits;
using sim::Slot;
using sim::Word;

std::vector<float> copy(std::span<const float> words) { return {words.begin(), words.end()}; }

bool same_words(const sim::Words& wires, std::span<const Word> words) {
  return wires.read() == sim::Beat<Word>{{words.begin(), words.end()}};
}

struct ArrayBench {
  explicit ArrayBench(const sim::ArraySpec& spec) : array("array", spec) {
    array.clk(simulation.clock());
    array.instruction(instruction);
    array.left(left);
    array.top(top);
    array.lanes(lanes);
    array.foot(foot);
  }
  void drive(const sim::ArrayInput& input) {
    instruction.offer(input.instruction == nullptr ? std::vector<sim::Instruction>{}
                                                   : std::vector{*input.instruction});
    left.offer(copy(input.left));
    top.offer(copy(input.top));
    lanes.write({{input.lanes.begin(), input.lanes.end()}});
    simulation.settle();
  }

  sim::Simulation simulation;
  sim::ArraySc array;
  sim::Channel<sim::Instruction> instruction{"instruction"};
  sim::Channel<float> left{"left"}, top{"top"};
  sim::Words lanes{"lanes"}, foot{"foot"};
};

struct LanesBench {
  explicit LanesBench(const sim::LanesSpec& spec) : lanes("lanes", spec) {
    lanes.clk(simulation.clock());
    lanes.instruction(instruction);
    lanes.memory(memory);
    lanes.foot(foot);
    lanes.link(link);
    lanes.to_memory(to_memory);
  }
  void drive(const sim::LanesInput& input) {
    instruction.offer(input.instruction == nullptr ? std::vector<sim::Instruction>{}
                                                   : std::vector{*input.instruction});
    memory.offer(copy(input.memory));
    foot.write({{input.foot.begin(), input.foot.end()}});
    simulation.settle();
  }

  sim::Simulation simulation;
  sim::LanesSc lanes;
  sim::Channel<sim::Instruction> instruction{"instruction"};
  sim::Channel<float> memory{"memory"};
  sim::Words foot{"foot"}, link{"link"}, to_memory{"to_memory"};
};

/// What runs met, so that a property is known to have covered it.
struct Met {
  std::map<Slot, int> slots;
  int faults = 0;
};

void run_arrays(std::uint64_t seed, bool careless, Met& met) {
  Dice dice(seed);
  const sim::ArraySpec spec = random_array(dice);
  ArrayBench bench(spec);
  sim::Wavefront core(spec);
  ArrayDrive drive(dice, spec, careless);
  const int cycles = dice.roll(1, 150);
  for (int cycle = 0; cycle < cycles && !core.fault(); ++cycle) {
    const sim::ArrayInput input = drive.next(cycle);
    bench.drive(input);
    RC_ASSERT(same_words(bench.foot, core.foot()));
    const Slot slot = core.tick(input);
    ++met.slots[slot];
    if (!core.fault()) {
      const bool issued = slot == Slot::kIssued;
      const bool reads = issued && input.instruction->reads(sim::Source::kLeft);
      const bool fed = issued && input.instruction->feed == sim::Feed::kRow;
      RC_ASSERT(bench.instruction.moves() == (issued ? 1 : 0));
      RC_ASSERT(bench.left.moves() == (reads ? spec.rows : 0));
      RC_ASSERT(bench.top.moves() == (fed ? spec.columns : 0));
    }
    bench.simulation.finish();
    RC_ASSERT(bench.array.core().fault() == core.fault());
    drive.took(slot, cycle);
  }
  met.faults += core.fault() ? 1 : 0;
  for (int r = 0; r < spec.rows; ++r)
    for (int c = 0; c < spec.columns; ++c)
      for (int k = 0; k < spec.unit.registers; ++k)
        RC_ASSERT(same_bits(bench.array.core().value(r, c, k), core.value(r, c, k)));
}

void run_lanes(std::uint64_t seed, bool careless, Met& met) {
  Dice dice(seed);
  const sim::LanesSpec spec = random_lanes(dice);
  LanesBench bench(spec);
  sim::Lanes core(spec);
  LanesDrive drive(dice, spec, careless);
  const int cycles = dice.roll(1, 150);
  for (int cycle = 0; cycle < cycles && !core.fault(); ++cycle) {
    const sim::LanesInput input = drive.next(cycle);
    bench.drive(input);
    RC_ASSERT(same_words(bench.link, core.link()));
    RC_ASSERT(same_words(bench.to_memory, core.memory()));
    const Slot slot = core.tick(input);
    ++met.slots[slot];
    if (!core.fault()) {
      const bool issued = slot == Slot::kIssued;
      const bool reads = issued && input.instruction->reads(sim::Source::kMemory);
      RC_ASSERT(bench.instruction.moves() == (issued ? 1 : 0));
      RC_ASSERT(bench.memory.moves() == (reads ? spec.lanes : 0));
    }
    bench.simulation.finish();
    RC_ASSERT(bench.lanes.core().fault() == core.fault());
    drive.took(slot, cycle);
  }
  met.faults += core.fault() ? 1 : 0;
  for (int lane = 0; lane < spec.lanes; ++lane)
    for (int k = 0; k < spec.unit.registers; ++k)
      RC_ASSERT(same_bits(bench.lanes.core().value(lane, k), core.value(lane, k)));
}

void all_slots_met(Met& met) {
  for (const Slot slot :
       {Slot::kIssued, Slot::kNoInstruction, Slot::kBusy, Slot::kNoRow, Slot::kNoWord})
    CHECK(met.slots[slot] > 100);
  CHECK(met.faults > 10);
}

}  // namespace

TEST_CASE("the module of the spatial array takes and gives what its core does, in the same cycles",
          "[systemc][property]") {
  Met met;
  rc::prop("transfers", [&met](std::uint64_t seed) {
    run_arrays(seed, false, met);
    run_arrays(seed, true, met);
  });
  all_slots_met(met);
}

TEST_CASE("the module of the vector array takes and gives what its core does, in the same cycles",
          "[systemc][property]") {
  Met met;
  rc::prop("transfers", [&met](std::uint64_t seed) {
    run_lanes(seed, false, met);
    run_lanes(seed, true, met);
  });
  all_slots_met(met);
}

TEST_CASE("a word is at the foot of the module its delay after the instruction, not one sooner",
          "[systemc]") {
  for (const int hop : {1, 3}) {
    sim::ArraySpec spec;
    spec.rows = 4;
    spec.columns = 3;
    spec.unit.registers = 1;
    spec.unit.hop = hop;
    ArrayBench bench(spec);
    sim::Instruction down;
    down.a = sim::kLeft;
    down.to_link = true;
    bench.drive({&down, std::vector<float>{1, 2, 3, 4}, {}, {}});
    REQUIRE(bench.instruction.moves() == 1);
    for (std::int64_t cycle = 0; cycle <= spec.foot_delay() + 3 * hop; ++cycle) {
      if (cycle > 0) bench.drive({});
      for (int c = 0; c < 3; ++c) {
        const Word& word = bench.foot.read().items[static_cast<std::size_t>(c)];
        CHECK(word.valid == (cycle == spec.foot_delay() + c * hop));
        if (word.valid) CHECK(word.value == 4);
      }
      bench.simulation.finish();
    }
  }
}

TEST_CASE("a result leaves the module of the lanes its latency after its issue, not one sooner",
          "[systemc]") {
  for (const int latency : {1, 5}) {
    sim::LanesSpec spec;
    spec.lanes = 2;
    spec.unit.registers = 1;
    spec.unit.operators.add = {1, latency};
    LanesBench bench(spec);
    sim::Instruction sum;
    sum.op = sim::Op::kAdd;
    sum.a = sum.b = sim::kMemory;
    sum.to_memory = sum.to_link = true;
    bench.drive({&sum, std::vector<float>{1, 2}, {}});
    REQUIRE(bench.instruction.moves() == 1);
    REQUIRE(bench.memory.moves() == 2);
    for (std::int64_t cycle = 0; cycle <= latency + 2; ++cycle) {
      if (cycle > 0) bench.drive({});
      for (const sim::Words* out : {&bench.link, &bench.to_memory})
        for (int lane = 0; lane < 2; ++lane) {
          const Word& word = out->read().items[static_cast<std::size_t>(lane)];
          CHECK(word.valid == (cycle == latency + lane));
          if (word.valid) CHECK(word.value == 2.0F * static_cast<float>(lane + 1));
        }
      bench.simulation.finish();
    }
  }
}

}  // namespace einfall::tests
