#include "sim/engine/pins.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "sim/dram/bank_dram.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/sim/dram/devices.hpp"

namespace einfall::sim {
namespace {

using namespace mappings;

MemoryModel small_banks(std::int64_t machine_clock = 1'000'000'000) {
  return {std::make_shared<const arch::DramTiming>(tests::small_device()),
          base::Hertz(machine_clock)};
}

bool as_they_come(std::size_t, std::size_t) { return false; }

Walk loops(const std::vector<std::int64_t>& trips) {
  Walk walk;
  for (std::size_t part = 0; part < trips.size(); ++part)
    walk.levels.push_back({PartId(part), trips[part], 1, trips[part], {}, true});
  return walk;
}

// A tensor of bytes with these extents; steps of the innermost loop move along the first axis.
Region matrix(std::size_t tensor, std::int64_t rows, std::int64_t columns, std::size_t level,
              std::int64_t step, std::int64_t width) {
  Region region;
  region.tensor = tensor;
  region.bits = 8;
  region.axes = {{0, rows, columns, {{1, 1, false, {{level, step}}, step, rows}}},
                 {0, columns, 1, {{1, 1, false, {}, width, columns}}}};
  region.elements = rows * columns;
  return region;
}

TEST_CASE("the pins pass pieces at their exact rate", "[engine][pins]") {
  // 7/3 bytes a cycle: 7 bytes take exactly three cycles, however they are cut.
  Program program;
  program.bytes_per_cycle = Exact(7, 3);
  program.memory_latency = 10;
  const Walk walk = loops({1});
  const Walker at(walk);
  for (const std::int64_t begin : {std::int64_t{0}, std::int64_t{1} << 61}) {
    Pins pins(program, {}, as_they_come);
    CHECK(pins.pass(0, 0, at, 1, begin).passed == begin + 1);
    CHECK(pins.pass(0, 0, at, 1, begin).passed == begin + 1);      // 6/7 of a cycle
    CHECK(pins.pass(0, 0, at, 1, begin).delivered == begin + 12);  // 9/7, and the latency
    CHECK(pins.pass(0, 0, at, 4, begin).passed == begin + 3);
    CHECK(pins.pass(0, 0, at, 7, begin + 100).passed == begin + 103);
  }
}

TEST_CASE("a transfer asks the banks for the runs of its box, and from the beginning again",
          "[engine][pins]") {
  Program program;
  program.operations.resize(2);
  program.engines = {{EngineKind::kLoad, "load", 0, {0}}, {EngineKind::kStore, "store", 0, {1}}};
  // Columns 0 to 99 of rows of 300 bytes, four rows in a visit; and whole rows behind them.
  program.regions = {matrix(0, 40, 300, 0, 4, 100), matrix(1, 40, 300, 0, 4, 300)};
  const Walk walk = loops({10});
  Walker at(walk);
  at.next();
  Pins pins(program, small_banks(), as_they_come);
  BankDram dram(tests::small_device(), 1);
  Tick last = 0;
  for (const std::int64_t row : {4, 5, 6, 7, 4})
    last = std::max(
        last,
        dram.access({row * 300, base::Bytes(row == 4 && last > 0 ? 50 : 100), false, 7}).last);
  CHECK(pins.pass(0, 0, at, 450, 7).delivered == last);
  // 12000 bytes of the first tensor take three rows of all banks of 4096.
  last = dram.access({3 * 4096 + 4 * 300, base::Bytes(1200), true, 500}).last;
  CHECK(pins.pass(0, 1, at, 1200, 500).delivered == last);
  CHECK(pins.counters().moved == dram.counters().moved);
  CHECK(pins.counters().activations == dram.counters().activations);
}

TEST_CASE("a lonely burst comes when its row is open, not a cycle earlier", "[engine][pins]") {
  // tRCD 9, CL 11 and 2 clocks of data of 1 ns, in cycles of 4/5 ns: 27.5.
  Program program;
  program.operations.resize(1);
  program.engines = {{EngineKind::kLoad, "load", 0, {0}}};
  program.regions = {matrix(0, 8, 64, 0, 1, 64)};
  const Walk walk = loops({8});
  const Walker at(walk);
  Pins pins(program, small_banks(1'250'000'000), as_they_come);
  const auto first = pins.pass(0, 0, at, 64, 0);
  CHECK(first.delivered == 28);
  // The device has it in its queue at once; moved it could be in 2 clocks, 2.5 cycles.
  CHECK(first.passed == 3);
  CHECK(pins.pass(0, 0, at, 64, 40).delivered == 57);  // 13 clocks after clock 32
  // The refresh at clock 700 wants all banks precharged at 690, and a read 16 clocks before.
  CHECK(pins.pass(0, 0, at, 64, 842).delivered == 859);  // clock 673.6: read at 674
  // Asked for at clock 674.4 it comes after the refresh of 61 clocks, a row to be opened.
  Pins later(program, small_banks(1'250'000'000), as_they_come);
  later.pass(0, 0, at, 64, 40);
  CHECK(later.pass(0, 0, at, 64, 843).delivered == 979);  // 700 + 61 + 22 = 783
}

TEST_CASE("pieces of a stream are under way together, as many as the queues of the device take",
          "[engine][pins]") {
  // Two rows of 2 KiB each, in two of eight channels: one after another they would take four times
  // as long as all in one.
  Program program;
  program.operations.resize(1);
  program.engines = {{EngineKind::kLoad, "load", 0, {0}}};
  program.regions = {matrix(0, 256, 4096, 0, 1, 4096)};
  const MemoryModel hbm2{std::make_shared<const arch::DramTiming>(tests::hbm2()),
                         base::Hertz(1'000'000'000)};
  const Walk walk = loops({256});
  Walker at(walk);
  const Tick whole = BankDram(tests::hbm2(), 1).access({0, base::Bytes(256 * 4096), false, 0}).last;
  Pins pins(program, hbm2, as_they_come);
  Pins::Passage last;
  std::int64_t held = 0;
  for (int piece = 0; piece < 256; ++piece, at.next()) {
    const std::int64_t asked = last.passed;
    last = pins.pass(0, 0, at, 4096, asked);
    CHECK(last.passed == asked + 16 + last.held);  // 4096 of 256 bytes a cycle
    held += last.held;
  }
  CHECK(last.delivered >= whole);
  CHECK(last.delivered <= whole + whole / 50);
  // What the refresh takes is waited for in front of full queues.
  CHECK(held > 0);
}

TEST_CASE("time stamps that do not fit are refused", "[engine][pins]") {
  Program program;
  program.operations.resize(1);
  program.operations[0].kind = OperationKind::kTransfer;
  program.operations[0].moves = {{0, {std::int64_t{1} << 40, {}}, {}}};
  program.flows.resize(1);
  program.regions = {matrix(0, 1 << 20, 1 << 20, 0, 1, 64)};
  program.bytes_per_cycle = Exact(7, 3);
  CHECK_FALSE(obstacle(program, {}));
  CHECK_FALSE(obstacle(program, small_banks()));
  program.bytes_per_cycle = Exact(1'000'000'007, 999'999'937);
  CHECK_FALSE(obstacle(program, {}));
  CHECK(obstacle(program, small_banks(999'999'937)));
  program.bytes_per_cycle = Exact(1, 1'000'000);
  CHECK(obstacle(program, {}));
  program.operations[0].moves.front().words.full = 1 << 20;
  CHECK_FALSE(obstacle(program, {}));
  program.regions[0].elements = Region::kHuge;
  CHECK_FALSE(obstacle(program, {}));
  CHECK(obstacle(program, small_banks()));
}

// ---- Skipping -------------------------------------------------------------------------------

// Loads a piece in every inner iteration and one in every outer one, computes, and stores.
struct Shape {
  std::int64_t outer = 1, inner = 1, issue = 1;
  std::int64_t piece = 64, run = 64, stored = 64;  // bytes; nothing stored: 0
  bool sequential = false;                         // or three of four runs are left out
};
Program stream(const Shape& shape) {
  Program program;
  BoundNode leaf;
  leaf.path = {PartId(0), PartId(1)};
  leaf.loops = leaf.path;
  program.nodes.push_back(leaf);
  const Walk walk = loops({shape.outer, shape.inner});
  const auto add = [&](OperationKind kind, const std::string& name, EngineKind engine) {
    Operation op;
    op.kind = kind;
    op.name = name;
    op.node = NodeId(0);
    op.walk = walk;
    program.engines.push_back({engine, name, 0, {program.operations.size()}});
    program.operations.push_back(op);
    return program.operations.size() - 1;
  };
  const std::size_t unit = add(OperationKind::kTile, "unit", EngineKind::kUnit);
  program.operations[unit].issue.push_back({shape.issue, {}});
  program.operations[unit].complete = shape.issue;
  program.regions.resize(1);
  const auto transfer = [&](EngineKind kind, std::size_t level, std::int64_t bytes,
                            std::int64_t run) {
    const bool load = kind == EngineKind::kLoad;
    const std::size_t tensor = program.regions.size() - 1;
    const std::size_t o = add(OperationKind::kTransfer, load ? "load" : "store", kind);
    Operation& op = program.operations[o];
    op.walk.levels.resize(level + 1);
    Flow flow;
    flow.bits = 8;
    (load ? flow.from : flow.to) = {true, 0};
    program.flows.push_back(flow);
    op.moves = {{program.flows.size() - 1, {bytes, {}}, {}}};
    const std::int64_t rows = bytes / run, gaps = shape.sequential ? 1 : 4;
    program.regions.push_back(
        matrix(tensor, walk.levels[level].trips * rows, gaps * run, level, rows, run));
    const std::size_t there = program.tokens.size();
    program.tokens.push_back({"data", Lack::kOperand, 0, {}});
    program.tokens.push_back({"room", Lack::kSpace, 2, {}});
    When first, last;
    if (level == 0) first.first = last.last = 2;  // of the inner loop
    Operation& from = program.operations[load ? o : unit];
    Operation& to = program.operations[load ? unit : o];
    from.gives.push_back({there, load ? When{} : last, true, 0});
    to.takes.push_back({there, load ? first : When{}});
    to.gives.push_back({there + 1, load ? last : When{}, true, 0});
    from.takes.push_back({there + 1, load ? When{} : first});
  };
  transfer(EngineKind::kLoad, 1, shape.piece, shape.run);
  transfer(EngineKind::kLoad, 0, 128, 64);
  if (shape.stored > 0) transfer(EngineKind::kStore, 1, shape.stored, 64);
  program.ports = {{}};
  return program;
}

TEST_CASE("a unit begins when its data are there, not a cycle earlier", "[engine][pins]") {
  for (const std::int64_t issue : {1, 10}) {
    Shape shape;
    shape.issue = issue;
    // Both tensors begin in one bank: their rows are opened tRC 34 apart, 22 clocks before the
    // data.
    const Program program = stream(shape);
    ExecutionOptions options;
    options.memory = small_banks();
    Execution execution(program, options);
    REQUIRE(run(execution, program.engines.size()));
    const EngineUse& unit = execution.use().front();
    CHECK(unit.stalls[static_cast<std::size_t>(Stall::kOperand)] == 56);
    CHECK(execution.profile().uses().front().first == 56);
  }
}

TEST_CASE("a load that waits for the pins is not busy", "[engine][pins]") {
  // Two loads and a store share 32 B a cycle, in pieces of whole cycles: each is busy for its own.
  Shape shape;
  shape.outer = 4;
  shape.inner = 40;
  Program program = stream(shape);
  program.bytes_per_cycle = Exact(32);
  for (const bool fast_forward : {false, true}) {
    ExecutionOptions options;
    options.fast_forward = fast_forward;
    Execution execution(program, options);
    REQUIRE(run(execution, program.engines.size()));
    std::int64_t held = 0;
    for (std::size_t e = 1; e < program.engines.size(); ++e) {
      INFO(program.engines[e].name);
      const EngineUse& use = execution.use()[e];
      CHECK(use.busy == execution.words()[program.operations[e].moves.front().flow] / 32);
      CHECK(std::accumulate(use.stalls.begin(), use.stalls.end(), use.busy) == execution.cycles());
      held += use.stalls[static_cast<std::size_t>(Stall::kPort)];
    }
    CHECK(held > 0);
  }
}

struct Result {
  std::int64_t cycles = 0, skipped = 0;
  std::vector<std::int64_t> numbers;
};
Result result_of(const Program& program, const MemoryModel& model, bool fast_forward) {
  ExecutionOptions options;
  options.fast_forward = fast_forward;
  options.memory = model;
  Execution execution(program, options);
  RC_ASSERT(run(execution, program.engines.size()));
  Result result{execution.cycles(), execution.skipped_cycles(), execution.words()};
  result.numbers.push_back(result.cycles);
  for (const EngineUse& use : execution.use()) {
    result.numbers.push_back(use.busy);
    result.numbers.push_back(use.visits);
    result.numbers.insert(result.numbers.end(), use.stalls.begin(), use.stalls.end());
  }
  for (const OperationUse& use : execution.profile().uses())
    result.numbers.insert(result.numbers.end(),
                          {use.visits, use.cycles, use.before, use.after, use.first, use.last});
  const PinsUse use = execution.pins().use(result.cycles);
  RC_ASSERT(use.data + use.turnaround + use.refresh + use.bank + use.idle == result.cycles);
  for (const std::int64_t part : {use.data, use.turnaround, use.refresh, use.bank, use.idle}) {
    RC_ASSERT(part >= 0);
    result.numbers.push_back(part);
  }
  const DramCounters counters = execution.pins().counters();
  result.numbers.insert(
      result.numbers.end(),
      {counters.moved.value(), counters.row_hits, counters.activations, counters.outstanding,
       counters.data, counters.turnaround, counters.refreshing});
  return result;
}

// Few of these repeat; that those which must are skipped is the next test's.
TEST_CASE("skipping under the banks changes no number", "[engine][pins][property]") {
  rc::prop("with and without", [&] {
    Shape shape;
    shape.outer = *rc::gen::inRange<std::int64_t>(1, 25);
    shape.inner = *rc::gen::inRange<std::int64_t>(1, shape.outer < 4 ? 400 : 60);
    shape.issue = *rc::gen::elementOf(std::vector<std::int64_t>{1, 7, 50, 70, 140, 175, 350, 701});
    shape.run = *rc::gen::elementOf(std::vector<std::int64_t>{32, 64, 256, 1024});
    shape.piece = shape.run * *rc::gen::inRange<std::int64_t>(1, 5);
    shape.stored = 64 * *rc::gen::inRange<std::int64_t>(1, 5);
    const auto clock =
        *rc::gen::elementOf(std::vector<std::int64_t>{1'000'000'000, 500'000'000, 940'000'000});
    const Program program = stream(shape);
    const Result stepped = result_of(program, small_banks(clock), false);
    const Result fast = result_of(program, small_banks(clock), true);
    RC_ASSERT(stepped.skipped == 0);
    RC_ASSERT(fast.numbers == stepped.numbers);
  });
}

TEST_CASE("a period of refreshes is found and skipped with the banks in it", "[engine][pins]") {
  // 14 pieces in a tREFI of 700 cycles, 16 in a row of all banks: 112 iterations are a period.
  Shape shape;
  shape.inner = 20'000;
  shape.issue = 50;
  shape.piece = shape.run = 64;
  const Program program = stream(shape);
  const Result fast = result_of(program, small_banks(), true);
  const Result stepped = result_of(program, small_banks(), false);
  CHECK(fast.numbers == stepped.numbers);
  CHECK(fast.skipped > stepped.cycles / 10 * 8);
}

TEST_CASE("both models agree on a sequential stream, but for what the device needs for itself",
          "[engine][pins]") {
  // 32 KB at a time; sim/dram/README.md has 237.1 of 256 GB/s for it.
  Shape shape;
  shape.inner = 2000;
  shape.piece = shape.run = 32768;
  shape.stored = 0;
  shape.sequential = true;
  Program program = stream(shape);
  program.bytes_per_cycle = Exact(256);
  ExecutionOptions options;
  Execution by_rate(program, options);
  REQUIRE(run(by_rate, program.engines.size()));
  options.memory = {std::make_shared<const arch::DramTiming>(tests::hbm2()),
                    base::Hertz(1'000'000'000)};
  Execution by_banks(program, options);
  REQUIRE(run(by_banks, program.engines.size()));
  CHECK(by_rate.words() == by_banks.words());
  const double share =
      static_cast<double>(by_rate.cycles()) / static_cast<double>(by_banks.cycles());
  CHECK(share == Approx(237.1 / 256).epsilon(0.01));
  CHECK(by_banks.pins().counters().moved.value() == 2000 * 32768 + 128);
}

}  // namespace
}  // namespace einfall::sim
