#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "mappings/schedule/tile_timing.hpp"
#include "sim/vector/lanes.hpp"
#include "tests/sim/array/array_bench.hpp"
#include "tests/sim/array/random_drive.hpp"

// When a tile operation's first and last result can be used and how many cycles it occupies its
// unit: the stepped models against the formulas that timetables are made of. Times are those of row
// 0 and column 0. Where operators take longer than a cycle, what a chain of dependent steps takes
// is checked in closed form.
namespace einfall::tests {
namespace {

using arch::Dataflow;
using mappings::TileTiming;
using sim::Op;
using sim::Program;

struct Machine {
  int rows = 1, columns = 1, latency = 1, hop = 1;
};

Machine random_machine(Dice& dice) {
  return {dice.roll(1, 10), dice.roll(1, 10), dice.roll(1, 4), dice.roll(1, 3)};
}

/// What tile_timing says of Einsums of `trips` steps, each of one operator, in turns.
TileTiming formula(Dataflow dataflow, const Machine& m, int trips, bool reduces, int einsums = 1) {
  arch::Machine machine;
  arch::ComputeUnit unit;
  unit.rows = m.rows;
  unit.columns = m.columns;
  unit.hop_latency = m.hop;
  arch::Operator op;
  op.latency = m.latency;
  unit.operators = {op};
  machine.units = {unit};
  mappings::BoundMapping bound;
  mappings::BoundPart part;
  part.trips = trips;
  bound.parts = {part};
  mappings::Tile tile;
  for (int n = 0; n < einsums; ++n) {
    mappings::BoundEinsum einsum;
    einsum.unit = mappings::UnitId(0);
    einsum.dataflow = dataflow;
    einsum.time = {mappings::PartId(0)};
    if (!reduces) einsum.write.relevant.insert(mappings::PartId(0));
    einsum.operators = {{}};
    einsum.issue_cycles = 1;
    bound.einsums.push_back(einsum);
    tile.push_back(mappings::StepId(static_cast<std::size_t>(n)));
  }
  return tile_timing(bound, machine, tile);
}

sim::UnitSpec unit_of(const Machine& m, int registers) {
  sim::UnitSpec unit;
  unit.registers = registers;
  unit.constants = sim::constants_for(fusemax_exp());
  const sim::OperatorCycles cycles{1, m.latency};
  unit.operators = {cycles, cycles, cycles, cycles};
  unit.hop = m.hop;
  return unit;
}

/// Cycles from the first issue to when the first and the last result can be used.
struct Stamps {
  std::int64_t first = 0, last = 0, busy = 0;
};

/// Results that leave at the foot of column 0; the others must follow hop after hop.
Stamps at_foot(const Machine& m, const Program& program) {
  sim::Wavefront array({m.rows, m.columns, unit_of(m, 3), 1});
  sim::Instruction fill;
  fill.a = sim::constant(sim::kOne);
  fill.to_register = 0;
  run_program(array, {fill});
  const auto before = array.slots(sim::Slot::kIssued);
  const Rows left(program.size(), std::vector<float>(static_cast<std::size_t>(m.rows), 1));
  const ArrayRun run = run_program(array, program, left);
  const auto words = run.at(0);
  RC_ASSERT(!words.empty());
  for (int c = 1; c < m.columns; ++c) {
    RC_ASSERT(run.at(c).size() == words.size());
    for (std::size_t n = 0; n < words.size(); ++n)
      RC_ASSERT(run.at(c)[n].cycle == words[n].cycle + c * m.hop);
  }
  return {words.front().cycle - run.issued_first, words.back().cycle - run.issued_first,
          array.slots(sim::Slot::kIssued) - before};
}

/// From the first issue to the first cycle in which the last result can be read: found by reading
/// it one cycle too early, and then not.
std::int64_t readable_after(const Machine& m, const Program& program, int result) {
  const sim::UnitSpec unit = unit_of(m, 3);
  const sim::Slots slots = paced(program, unit);
  sim::Instruction read;
  read.a = sim::reg(result);
  read.to_link = true;
  for (std::int64_t gap = 0;; ++gap) {
    sim::Wavefront array({m.rows, m.columns, unit, 1});
    const std::vector<float> left(static_cast<std::size_t>(m.rows), 1);
    const std::vector<float> top(static_cast<std::size_t>(m.columns), 1);
    for (const auto& slot : slots) array.tick({slot ? &*slot : nullptr, left, top, {}});
    RC_ASSERT(!array.fault());
    for (std::int64_t n = 0; n < gap; ++n) array.tick({});
    array.tick({&read, {}, {}, {}});
    if (!array.fault()) return static_cast<std::int64_t>(slots.size()) + gap;
    RC_ASSERT(array.fault()->kind == sim::Fault::Kind::kNotReady);
  }
}

/// Words that leave lane 0 for a memory.
Stamps at_lane(const Machine& m, const Program& program) {
  sim::Lanes lanes({m.columns, unit_of(m, 2), 1});
  const sim::Slots slots = paced(program, lanes.spec().unit);
  const std::vector<float> row(static_cast<std::size_t>(m.columns), 1);
  Stamps stamps;
  stamps.first = -1;
  for (std::int64_t cycle = 0; cycle < static_cast<std::int64_t>(slots.size()) + m.latency + 1;
       ++cycle) {
    if (lanes.memory()[0].valid) {
      if (stamps.first < 0) stamps.first = cycle;
      stamps.last = cycle;
    }
    sim::LanesInput input;
    const auto n = static_cast<std::size_t>(cycle);
    if (n < slots.size() && slots[n]) input.instruction = &*slots[n];
    input.memory = row;
    lanes.tick(input);
    RC_ASSERT(!lanes.fault());
  }
  stamps.busy = lanes.slots(sim::Slot::kIssued);
  return stamps;
}

sim::Instruction lane_operation(Op op, sim::Operand a, sim::Operand b, bool leaves) {
  sim::Instruction i;
  i.op = op;
  i.a = a;
  i.b = b;
  if (leaves)
    i.to_memory = true;
  else
    i.to_register = 0;
  return i;
}

void same(const Stamps& stepped, const TileTiming& timing) {
  RC_ASSERT(stepped.first == timing.first_result);
  RC_ASSERT(stepped.last == timing.complete());
  RC_ASSERT(stepped.busy == timing.issue);
}

}  // namespace

TEST_CASE("sums of a weight-stationary tile leave when its timing says", "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    const int values = dice.roll(1, 20);
    same(at_foot(m, sim::weight_stationary(0, values)),
         formula(Dataflow::kWeightStationary, m, values, false));
  });
}

TEST_CASE("reductions of columns leave when their timing says", "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    const Op op = dice.one_in(2) ? Op::kMax : Op::kAdd;
    same(at_foot(m, sim::column_reduce(op, 0, sim::kZero)),
         formula(Dataflow::kColumnReduce, m, 1, false));
  });
}

TEST_CASE("a sum in the PE can be read a step of its chain after the last product",
          "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    Machine m = random_machine(dice);
    const int depth = dice.roll(1, 20);
    // One accumulator: each product waits for the sum before it.
    const std::int64_t readable = readable_after(m, sim::output_stationary(0, depth), 0);
    RC_ASSERT(readable == std::int64_t{depth} * m.latency);
    m.latency = 1;
    const TileTiming timing = formula(Dataflow::kOutputStationary, m, depth, true);
    RC_ASSERT(readable_after(m, sim::output_stationary(0, depth), 0) == timing.first_result);
    RC_ASSERT(depth == timing.issue);
  });
}

TEST_CASE("an element-wise operator in place takes its latency, a sequence the sum of them",
          "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    sim::Instruction one;
    one.op = Op::kSubtract;
    one.a = sim::constant(sim::kOne);
    one.b = sim::constant(sim::kZero);
    one.to_register = 0;
    RC_ASSERT(readable_after(m, {one}, 0) == formula(Dataflow::kInPlace, m, 1, false).first_result);
    Program scores{one};  // SLN: a subtraction and six multiply-adds
    for (const sim::Instruction& i : sim::exponential(0, 0, 1, sim::kLog2E, 6)) scores.push_back(i);
    RC_ASSERT(readable_after(m, scores, 0) == 7 * m.latency);
  });
}

TEST_CASE("elements of the vector array are ready when their timing says", "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    Machine m = random_machine(dice);
    const int values = dice.roll(1, 20);
    const auto product = [](bool leaves) {
      return lane_operation(Op::kMultiply, sim::kMemory, sim::constant(sim::kOne), leaves);
    };
    same(at_lane(m, Program(static_cast<std::size_t>(values), product(true))),
         formula(Dataflow::kVector, m, values, false));
    // Two Einsums whose elements take turns: each product is added as soon as it is made.
    m.latency = 1;
    const sim::Instruction sum =
        lane_operation(Op::kAdd, sim::reg(0), sim::constant(sim::kZero), true);
    Program turns;
    for (int f = 0; f < values; ++f) turns.insert(turns.end(), {product(false), sum});
    same(at_lane(m, turns), formula(Dataflow::kVector, m, values, false, 2));
  });
}

}  // namespace einfall::tests
