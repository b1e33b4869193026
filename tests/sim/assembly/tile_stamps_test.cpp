#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "mappings/schedule/tile_edges.hpp"
#include "sim/vector/lanes.hpp"
#include "tests/sim/array/array_bench.hpp"
#include "tests/sim/array/random_drive.hpp"

// When a tile operation's first and last result can be used and how many cycles it occupies its
// unit, and when all columns are done: the stepped models against the formulas that timetables are
// made of.
namespace einfall::tests {
namespace {

using arch::Dataflow;
using sim::Op;
using sim::Program;

struct Machine {
  int rows = 1, columns = 1, hop = 1;
  int mac = 1, add = 1, max = 1;  // latencies
};

Machine random_machine(Dice& dice) {
  return {dice.roll(1, 10), dice.roll(1, 10), dice.roll(1, 3),
          dice.roll(1, 4),  dice.roll(1, 4),  dice.roll(1, 4)};
}

enum Operators : std::size_t { kMac, kAdd, kMax };

struct Timing : mappings::TileTiming {
  mappings::TileEdges edges;
  [[nodiscard]] std::int64_t settled() const { return mappings::settled(*this, edges); }
};

std::vector<arch::Operator> operators_of(const Machine& m) {
  std::vector<arch::Operator> operators(3);
  operators[kMac].name = "mac";
  operators[kMac].latency = m.mac;
  operators[kAdd].name = "add";
  operators[kAdd].latency = m.add;
  operators[kMax].name = "max";
  operators[kMax].latency = m.max;
  return operators;
}

/// An array, or lanes, with an Einsum for each list of operators, of `trips` steps each, in turns;
/// `sums` of them take turns.
Timing formula(Dataflow dataflow, const Machine& m, int trips, bool reduces,
               const std::vector<std::vector<mappings::OperatorUse>>& einsums, int sums = 1) {
  arch::Machine machine;
  arch::ComputeUnit unit;
  unit.kind =
      dataflow == Dataflow::kVector ? arch::UnitKind::kVector : arch::UnitKind::kSpatialArray;
  unit.rows = m.rows;
  unit.columns = m.columns;
  unit.hop_latency = m.hop;
  unit.operators = operators_of(m);
  machine.units = {unit};
  mappings::BoundMapping bound;
  mappings::BoundPart part;
  part.trips = trips;
  mappings::BoundPart across;
  across.trips = m.columns;
  mappings::BoundPart turns;
  turns.trips = sums;
  bound.parts = {part, across, turns};
  mappings::Tile tile;
  for (const auto& operators : einsums) {
    mappings::BoundEinsum einsum;
    einsum.unit = mappings::UnitId(0);
    einsum.dataflow = dataflow;
    einsum.time = {mappings::PartId(0), mappings::PartId(2)};
    einsum.columns = {mappings::PartId(1)};
    einsum.ranks = mappings::PartSet(einsum.time);
    einsum.write.relevant.insert(mappings::PartId(2));
    if (!reduces) einsum.write.relevant.insert(mappings::PartId(0));
    einsum.operators = operators;
    for (const mappings::OperatorUse& use : operators) einsum.issue_cycles += use.count;
    tile.push_back(mappings::StepId(bound.einsums.size()));
    bound.einsums.push_back(einsum);
  }
  return {tile_timing(bound, machine, tile), tile_edges(bound, machine, tile)};
}

Timing formula(Dataflow dataflow, const Machine& m, int trips, bool reduces, Operators op,
               int sums = 1) {
  return formula(dataflow, m, trips, reduces, {{{op, 1, reduces}}}, sums);
}

/// Products whose sums go down the columns, interleaved with sums in their places.
std::pair<Timing, Timing> interleaved(const Machine& m, int products, int scores) {
  arch::Machine machine;
  arch::ComputeUnit unit;
  unit.kind = arch::UnitKind::kSpatialArray;
  unit.rows = m.rows;
  unit.columns = m.columns;
  unit.hop_latency = m.hop;
  unit.operators = operators_of(m);
  machine.units = {unit};
  mappings::BoundMapping bound;
  bound.parts.resize(3);
  bound.parts[0].trips = products;
  bound.parts[1].trips = scores;
  bound.parts[2].trips = m.columns;
  for (std::size_t e = 0; e < 2; ++e) {
    mappings::BoundEinsum einsum;
    einsum.unit = mappings::UnitId(0);
    einsum.dataflow = e == 0 ? Dataflow::kWeightStationary : Dataflow::kOutputStationary;
    einsum.time = {mappings::PartId(e)};
    einsum.columns = {mappings::PartId(2)};
    einsum.ranks = mappings::PartSet(einsum.time);
    if (e == 0) einsum.write.relevant.insert(mappings::PartId(0));
    einsum.operators = {{kMac, 1, true}};
    einsum.issue_cycles = 1;
    bound.einsums.push_back(einsum);
  }
  bound.schedule.interleave = {{mappings::StepId(0), mappings::StepId(1)}};
  const auto timing = [&](std::size_t e) -> Timing {
    const mappings::Tile tile{mappings::StepId(e)};
    return {tile_timing(bound, machine, tile), tile_edges(bound, machine, tile)};
  };
  return {timing(0), timing(1)};
}

sim::UnitSpec unit_of(const Machine& m, int registers) {
  sim::UnitSpec unit;
  unit.registers = registers;
  unit.constants = sim::constants_for(fusemax_exp());
  unit.operators = {{1, m.mac}, {1, m.add}, {1, m.max}, {}};
  unit.hop = m.hop;
  return unit;
}

/// Cycles from the first issue to when the first and the last result can be used at column 0, and
/// to when the last column's last one can.
struct Stamps {
  std::int64_t first = 0, last = 0, settled = 0, busy = 0;
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
          run.at(m.columns - 1).back().cycle - run.issued_first,
          array.slots(sim::Slot::kIssued) - before};
}

constexpr int kRegisters = 8;

/// From the first issue to the first cycle in which the last result can be read: found by reading
/// it one cycle too early, and then not.
std::int64_t readable_after(const Machine& m, const sim::Slots& slots, int result) {
  const sim::UnitSpec unit = unit_of(m, kRegisters);
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
std::int64_t readable_after(const Machine& m, const Program& program, int result) {
  return readable_after(m, paced(program, unit_of(m, kRegisters)), result);
}

/// Words that leave lane 0 for a memory.
Stamps at_lane(const Machine& m, const Program& program) {
  sim::Lanes lanes({m.columns, unit_of(m, 2), 1});
  const sim::Slots slots = paced(program, lanes.spec().unit);
  const std::vector<float> row(static_cast<std::size_t>(m.columns), 1);
  Stamps stamps;
  stamps.first = -1;
  const std::int64_t long_after = m.mac + m.add + m.columns * m.hop;
  for (std::int64_t cycle = 0; cycle < static_cast<std::int64_t>(slots.size()) + long_after;
       ++cycle) {
    if (lanes.memory().back().valid) stamps.settled = cycle;
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

/// Shifts the results in a register out as soon as they can be read.
void same_outside(const Machine& m, Program program, int result, const Timing& timing) {
  sim::Wavefront array({m.rows, m.columns, unit_of(m, 3), 1});
  for (const sim::Instruction& i : sim::shift(result, m.rows, sim::Feed::kConstant))
    program.push_back(i);
  const std::vector<float> left(static_cast<std::size_t>(m.rows), 1);
  const std::vector<float> top(static_cast<std::size_t>(m.columns), 1);
  const ArrayRun run =
      run_program(array, program, Rows(program.size(), left), Rows(program.size(), top));
  RC_ASSERT(run.at(0).front().cycle - run.issued_first == timing.complete() + timing.edges.to_foot);
  RC_ASSERT(run.at(m.columns - 1).back().cycle - run.issued_first == timing.settled());
}

void same(const Stamps& stepped, const Timing& timing) {
  RC_ASSERT(stepped.first == timing.first_result);
  RC_ASSERT(stepped.last == timing.complete());
  RC_ASSERT(stepped.settled == timing.settled());
  RC_ASSERT(stepped.busy == timing.issue);
}

/// Something in register 0 that is held still.
sim::Instruction fill_register() {
  sim::Instruction fill;
  fill.a = sim::constant(sim::kOne);
  fill.to_register = 0;
  return fill;
}

/// One of the four dataflows, on registers of its own, and its timing.
std::pair<Program, Timing> random_operation(Dice& dice, const Machine& m, int trips) {
  sim::Instruction difference;
  difference.op = Op::kSubtract;
  difference.a = sim::constant(sim::kOne);
  difference.b = sim::constant(sim::kZero);
  difference.to_register = 2;
  switch (dice.roll(0, 3)) {
    case 0:
      return {sim::output_stationary(1, trips),
              formula(Dataflow::kOutputStationary, m, trips, trips > 1, kMac)};
    case 1:
      return {sim::weight_stationary(0, trips),
              formula(Dataflow::kWeightStationary, m, trips, false, kMac)};
    case 2:
      return {{difference}, formula(Dataflow::kInPlace, m, 1, false, kAdd)};
    default:
      return {sim::column_reduce(Op::kMax, 0, sim::kZero),
              formula(Dataflow::kColumnReduce, m, 1, false, kMax)};
  }
}

}  // namespace

TEST_CASE("sums of a weight-stationary tile leave when its timing says", "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    const int values = dice.roll(1, 20);
    same(at_foot(m, sim::weight_stationary(0, values)),
         formula(Dataflow::kWeightStationary, m, values, false, kMac));
  });
}

TEST_CASE("reductions of columns leave when their timing says", "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    const bool max = dice.one_in(2);
    same(at_foot(m, sim::column_reduce(max ? Op::kMax : Op::kAdd, 0, sim::kZero)),
         formula(Dataflow::kColumnReduce, m, 1, false, max ? kMax : kAdd));
  });
}

TEST_CASE("a sum in the PE takes a step every latency of its operator", "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    const int depth = dice.roll(1, 20);
    const Timing timing = formula(Dataflow::kOutputStationary, m, depth, depth > 1, kMac);
    RC_ASSERT(readable_after(m, sim::output_stationary(0, depth), 0) == timing.first_result);
    RC_ASSERT(timing.first_result == std::int64_t{depth} * m.mac);
    same_outside(m, sim::output_stationary(0, depth), 0, timing);
  });
}

TEST_CASE("sums that take turns wait for each other's steps as long as is left",
          "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    const int depth = dice.roll(2, 9), sums = dice.roll(1, 5);
    const Timing timing = formula(Dataflow::kOutputStationary, m, depth, true, kMac, sums);
    const std::int64_t pace = timing.issue / (depth * sums);
    RC_ASSERT(pace == (m.mac + sums - 1) / sums);
    sim::Slots slots;
    for (int step = 0; step < depth; ++step)
      for (int sum = 0; sum < sums; ++sum) {
        slots.resize(static_cast<std::size_t>((step * sums + sum) * pace));
        slots.emplace_back(sim::output_stationary(sum, 2)[step == 0 ? 0 : 1]);
      }
    RC_ASSERT(readable_after(m, slots, sums - 1) == timing.complete());
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
    const Timing difference = formula(Dataflow::kInPlace, m, 1, false, kAdd);
    RC_ASSERT(readable_after(m, Program{one}, 0) == difference.first_result);
    same_outside(m, {one}, 0, difference);
    Program scores{one};  // SLN: a subtraction and six multiply-adds
    for (const sim::Instruction& i : sim::exponential(0, 0, 1, sim::kLog2E, 6)) scores.push_back(i);
    const Timing sequence =
        formula(Dataflow::kInPlace, m, 1, false, {{{kAdd, 1, false}, {kMac, 6, false}}});
    RC_ASSERT(readable_after(m, scores, 0) == sequence.first_result);
    same_outside(m, scores, 0, sequence);
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
         formula(Dataflow::kVector, m, values, false, kMac));
    // Two Einsums whose elements take turns: each product is added as soon as it is made.
    m.mac = m.add = 1;
    const sim::Instruction sum =
        lane_operation(Op::kAdd, sim::reg(0), sim::constant(sim::kZero), true);
    Program turns;
    for (int f = 0; f < values; ++f) turns.insert(turns.end(), {product(false), sum});
    same(at_lane(m, turns),
         formula(Dataflow::kVector, m, values, false, {{{kMac, 1, false}}, {{kAdd, 1, false}}}));
  });
}

// Products of an old tile and scores of a new one, turn by turn, then what is left of either.
TEST_CASE("two interleaved operations have the stamps that timetables give them",
          "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    Machine m = random_machine(dice);
    // A sum in its place that waits for its operator leaves cycles that a timetable counts as its
    // own and the stepped array gives to the products.
    m.mac = 1;
    const int products = dice.roll(1, 12), scores = dice.roll(1, 12);
    const Program values = sim::weight_stationary(0, products);
    const Program sums = sim::output_stationary(1, scores);
    Program turns;
    for (std::size_t n = 0; n < std::max(values.size(), sums.size()); ++n) {
      if (n < values.size()) turns.push_back(values[n]);
      if (n < sums.size()) turns.push_back(sums[n]);
    }
    const auto [first, second] = interleaved(m, products, scores);
    RC_ASSERT(first.issue == products);
    RC_ASSERT(second.issue == scores);
    Program after{fill_register()};
    after.insert(after.end(), turns.begin(), turns.end());
    sim::Wavefront array({m.rows, m.columns, unit_of(m, kRegisters), 1});
    const Rows left(after.size(), std::vector<float>(static_cast<std::size_t>(m.rows), 1));
    const Rows top(after.size(), std::vector<float>(static_cast<std::size_t>(m.columns), 1));
    const ArrayRun run = run_program(array, after, left, top);
    // Without a pause, as long as one after the other.
    RC_ASSERT(run.issued_last - run.issued_first == first.issue + second.issue);
    const std::int64_t start = run.issued_first + 1;
    RC_ASSERT(run.at(0).size() == static_cast<std::size_t>(first.elements));
    for (std::int64_t n = 0; n < first.elements; ++n)
      RC_ASSERT(run.at(0)[static_cast<std::size_t>(n)].cycle - start == first.result(n));
    RC_ASSERT(run.at(m.columns - 1).back().cycle - start == first.settled());
    // The scores can be read when they could if they had come behind the products.
    const std::int64_t apart = readable_after(m, after, 1) - 1;
    if (scores >= products) RC_ASSERT(apart == first.issue + second.first_result);
    RC_ASSERT(apart <= first.issue + second.first_result);
  });
}

// The skew lets operations of any dataflow begin in the cycle in which the one before ends.
TEST_CASE("operations on an array follow each other without paying for its edges",
          "[stamps][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Machine m = random_machine(dice);
    const sim::UnitSpec unit = unit_of(m, 3);
    sim::Slots slots;
    slots.emplace_back(fill_register());
    std::vector<std::int64_t> first, last;  // words at the feet of the outer columns
    for (int n = dice.roll(1, 6); n > 0; --n) {
      const auto [program, timing] = random_operation(dice, m, dice.roll(1, 6));
      const auto start = static_cast<std::int64_t>(slots.size());
      for (int word = 0; timing.leaves_array && word < timing.elements; ++word) {
        const std::int64_t cycle = start + timing.first_result + word * timing.result_interval();
        first.push_back(cycle);
        last.push_back(cycle + timing.settled() - timing.complete());
      }
      for (const auto& slot : paced(program, unit)) slots.push_back(slot);
      slots.resize(static_cast<std::size_t>(start + timing.issue));
    }
    sim::Wavefront array({m.rows, m.columns, unit, 1});
    const Rows left(slots.size(), std::vector<float>(static_cast<std::size_t>(m.rows), 1));
    const Rows top(slots.size(), std::vector<float>(static_cast<std::size_t>(m.columns), 1));
    const ArrayRun run = run_slots(array, slots, left, top);
    const auto cycles = [&](int column) {
      std::vector<std::int64_t> out;
      for (const Left& word : run.at(column)) out.push_back(word.cycle - run.issued_first);
      return out;
    };
    RC_ASSERT(cycles(0) == first);
    RC_ASSERT(cycles(m.columns - 1) == last);
  });
}

}  // namespace einfall::tests
