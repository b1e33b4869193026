#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "mappings/schedule/tile_timing.hpp"
#include "sim/link/link.hpp"
#include "sim/vector/lanes.hpp"
#include "tests/sim/array/array_bench.hpp"
#include "tests/sim/array/random_drive.hpp"

// Words from the feet of an array, over links, to the lanes: all three stepped, against the delay
// that timetables put between the two operations.
namespace einfall::tests {
namespace {

struct Path {
  int rows = 1, columns = 1, latency = 1, hop = 1, values = 1;
  std::int64_t link = 0;
};

std::int64_t by_formula(const Path& p) {
  arch::Machine machine;
  arch::ComputeUnit array;
  array.name = "array";
  array.kind = arch::UnitKind::kSpatialArray;
  array.rows = p.rows;
  array.columns = p.columns;
  array.hop_latency = p.hop;
  arch::Operator op;
  op.name = "mac";
  op.latency = p.latency;
  array.operators = {op};
  arch::ComputeUnit lanes = array;
  lanes.name = "lanes";
  lanes.kind = arch::UnitKind::kVector;
  machine.units = {array, lanes};
  arch::Link link;
  link.from = "array";
  link.to = "lanes";
  link.latency = base::Cycles(p.link);
  machine.links = {link};
  mappings::BoundMapping bound;
  mappings::BoundPart part;
  part.trips = p.values;
  bound.parts = {part};
  mappings::BoundEinsum einsum;
  einsum.unit = mappings::UnitId(0);
  einsum.dataflow = arch::Dataflow::kWeightStationary;
  einsum.time = {mappings::PartId(0)};
  einsum.write.relevant.insert(mappings::PartId(0));
  einsum.operators = {{}};
  einsum.issue_cycles = 1;
  bound.einsums = {einsum, einsum};
  bound.einsums[1].unit = mappings::UnitId(1);
  bound.einsums[1].dataflow = arch::Dataflow::kVector;
  mappings::BoundAccess read;
  read.forwarded = true;
  read.relevant = einsum.write.relevant;
  return mappings::dependence_delay(bound, machine, {mappings::StepId(0)}, {mappings::StepId(1)},
                                    read)
      .cycles;
}

sim::UnitSpec unit_of(const Path& p) {
  sim::UnitSpec unit;
  unit.registers = 3;
  unit.constants = sim::constants_for(fusemax_exp());
  const sim::OperatorCycles cycles{1, p.latency};
  unit.operators = {cycles, cycles, cycles, cycles};
  unit.hop = p.hop;
  return unit;
}

/// Cycles from the first issue in the array to that in the lanes, which take one word a cycle.
std::int64_t stepped(const Path& p) {
  sim::Wavefront array({p.rows, p.columns, unit_of(p), 1});
  sim::Instruction weight;
  weight.a = sim::constant(sim::kOne);
  weight.to_register = 0;
  run_program(array, {weight});
  const sim::Slots slots = paced(sim::weight_stationary(0, p.values), array.spec().unit);
  sim::Lanes lanes({p.columns, unit_of(p), 1});
  sim::Instruction use;
  use.op = sim::Op::kMultiply;
  use.a = sim::kFoot;
  use.b = sim::constant(sim::kOne);
  use.to_memory = true;
  std::vector<sim::Link> links(static_cast<std::size_t>(p.columns), sim::Link({p.link, 1}));
  const std::vector<float> left(static_cast<std::size_t>(p.rows), 1);
  const std::vector<float> top(static_cast<std::size_t>(p.columns), 0);
  std::int64_t first = -1;
  for (std::int64_t cycle = 0, issued = 0; issued < p.values; ++cycle) {
    RC_ASSERT(cycle < 10'000);
    std::vector<sim::Word> foot(links.size());
    for (std::size_t c = 0; c < links.size(); ++c) {
      if (const sim::Word word = array.foot()[c]; word.valid) links[c].push(word.value);
      if (links[c].valid() > 0) foot[c] = {links[c].pop(), true};
      links[c].tick();
    }
    const auto n = static_cast<std::size_t>(cycle);
    const bool there = n < slots.size() && slots[n];
    array.tick({there ? &*slots[n] : nullptr, left, top, {}});
    if (lanes.tick({&use, {}, foot}) == sim::Slot::kIssued) {
      if (issued++ == 0) first = cycle;
      RC_ASSERT(cycle == first + issued - 1);
    }
    RC_ASSERT(!array.fault());
    RC_ASSERT(!lanes.fault());
  }
  return first;
}

}  // namespace

TEST_CASE("lanes use sums of an array as soon as their timetable says, whatever the link",
          "[link][property]") {
  rc::prop("delays", [](std::uint64_t seed) {
    Dice dice(seed);
    const Path p{dice.roll(1, 8), dice.roll(1, 8),  dice.roll(1, 3),
                 dice.roll(1, 3), dice.roll(1, 12), dice.roll(0, 7)};
    RC_ASSERT(stepped(p) == by_formula(p));
  });
}

}  // namespace einfall::tests
