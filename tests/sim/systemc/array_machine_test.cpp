#include "sim/systemc/array_machine.hpp"

#include <rapidcheck/catch.h>

#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <numeric>

#include "sim/dram/bank_dram.hpp"
#include "tests/sim/array/random_drive.hpp"
#include "tests/sim/dram/devices.hpp"
#include "tests/support/epoch_machine.hpp"
#include "tests/support/scratch.hpp"

// FuseMax's epochs on the whole machine of modules, against the two arrays alone, to whose edges
// every row comes at once (epoch_bench.hpp, which attention_test.cpp holds to the evaluator).
namespace einfall::tests {
namespace {

using sim::ArrayMachineRun;

std::vector<std::int64_t> from_first(std::vector<std::int64_t> stamps) {
  for (auto stamp = stamps.rbegin(); stamp != stamps.rend(); ++stamp) *stamp -= stamps.front();
  return stamps;
}

void slots_add_up(const ArrayMachineRun& run) {
  for (const auto& slots : {run.array_slots, run.lanes_slots})
    REQUIRE(std::accumulate(slots.begin(), slots.end(), std::int64_t{0}) == run.cycles);
}

struct Both {
  EpochResult arrays;
  ArrayMachineRun machine;
};

/// The same words of AV; stamps are compared where memories keep up.
Both run_both(const EpochShape& shape, const EpochTiming& timing, const EpochMemory& memory,
              std::uint64_t seed = 1) {
  const EpochInputs inputs = random_inputs(shape, seed);
  Both both{run_epochs(shape, timing, inputs), {}};
  REQUIRE(both.arrays.problem == "");
  const EpochMachine machine = epoch_machine(shape, timing, inputs, memory);
  both.machine = run_machine(machine.spec, machine.program);
  REQUIRE(both.machine.problem == "");
  REQUIRE(both.machine.stored == both.arrays.attention);
  slots_add_up(both.machine);
  return both;
}

std::int64_t steady_interval(const ArrayMachineRun& run, const EpochShape& shape) {
  const auto last = static_cast<std::size_t>(shape.all_tiles() - 1);
  REQUIRE((run.array_began[last] - run.array_began[last - 4]) % 4 == 0);
  return (run.array_began[last] - run.array_began[last - 4]) / 4;
}

}  // namespace

TEST_CASE("a machine whose memories keep up has the stamps and bits of its arrays alone",
          "[machine]") {
  for (const int side : {4, 8, 16})
    for (const bool state_in_memory : {false, true})
      for (const std::int64_t interval : {0, 60}) {
        INFO("side " << side << " memory " << state_in_memory << " interval " << interval);
        // A second block would wait for the divisions of the first, which read late (below).
        EpochShape shape = square(side, 12, 20, 4, state_in_memory ? 1 : 2);
        shape.state_in_memory = state_in_memory;
        const EpochTiming timing{{}, {}, 1, 64, interval};
        EpochMemory memory;
        memory.banks = 1009;  // no two streams meet in one
        memory.rows = 4;  // the first epochs, which have only scores, take 13 cycles for 32 rows
        const Both both = run_both(shape, timing, memory, static_cast<std::uint64_t>(side));
        CHECK(from_first(both.machine.array_began) == from_first(both.arrays.epoch_starts));
        // The last divisions read what has just been written, over the buffer and the path.
        const std::int64_t late =
            both.machine.last_issued - both.machine.array_began[0] - both.arrays.cycles;
        CHECK(late >= 0);
        CHECK(late <= (state_in_memory ? memory.buffer_latency + memory.path_latency + 4 : 0));
        CHECK(both.machine.array_slots[0] == both.arrays.array_issued);
        CHECK(both.machine.lanes_slots[0] == both.arrays.lanes_issued);
        CHECK(both.machine.waiting_at_foot == both.arrays.waiting);
      }
}

TEST_CASE("arrays that are not square, with longer operators and hops, have them too",
          "[machine]") {
  EpochShape shape = square(5, 6, 10, 3, 2);
  shape.columns = 11;
  EpochTiming timing;
  timing.array.multiply_add = timing.lanes.multiply_add = {1, 3};
  timing.array.add = timing.lanes.add = {1, 2};
  timing.lanes.divide = {2, 9};
  timing.hop = 2;
  timing.foot_depth = 64;
  const Both both = run_both(shape, timing, {});
  CHECK(from_first(both.machine.array_began) == from_first(both.arrays.epoch_starts));
}

TEST_CASE("the first instruction issues when all on its way have taken their time", "[machine]") {
  // Rows of the first pieces, keys and values before queries, pass the pins one a cycle, are there
  // a latency later, go to the buffer in that cycle and count as loaded in the next. Then either
  // the sequencer waits or the rows are on their way: asked for, read, put in line, and over the
  // path.
  const EpochShape shape = square(4, 3, 5, 2, 1);
  const EpochTiming timing{{}, {}, 1, 64, 0};
  for (const std::int64_t latency : {0, 7})
    for (const std::int64_t buffer : {1, 4})
      for (const std::int64_t path : {0, 3})
        for (const std::int64_t prefetch : {1, 3, 20}) {
          EpochMemory memory;
          memory.latency = latency;
          memory.buffer_latency = buffer;
          memory.path_latency = path;
          memory.prefetch = prefetch;
          const std::int64_t loaded = (3 + 5) + 3 + latency + 1;
          const std::int64_t fetched = buffer + 1 + path;
          const Both both = run_both(shape, timing, memory);
          CHECK(both.machine.array_began[0] == loaded + std::max(prefetch, fetched));
        }
}

TEST_CASE("a memory that is too slow sets the pace, and changes no bit", "[machine]") {
  const EpochShape shape = square(8, 24, 12, 24, 1);  // 24 + 12 + 9 cycles an epoch, 36 rows
  const EpochTiming timing{{}, {}, 1, 99, 0};
  EpochMemory memory;
  memory.spare_tiles = 3;
  for (const auto& [rows, cycles, interval] :
       {std::array{1, 1, 45}, {4, 5, 45}, {3, 4, 48}, {1, 2, 72}, {2, 5, 90}}) {
    memory.rows = rows;
    memory.cycles = cycles;
    CHECK(steady_interval(run_both(shape, timing, memory).machine, shape) == interval);
  }
}

TEST_CASE(
    "state that goes through the buffer row by row is back when its last lane and the way let it",
    "[machine]") {
  // A word leaves a lane in the next cycle, the last lane's is there columns later, and then a row
  // is put together, written, asked for, read, put in line and sent; its product is summed a cycle
  // later. 21 cycles an epoch would do otherwise.
  EpochShape shape = square(40, 8, 4, 24, 1);
  shape.distance = 5;
  EpochMemory memory;
  memory.ports = 16;
  memory.banks = 1009;
  for (const auto& [buffer, path] : {std::array{2, 1}, {5, 1}, {1, 4}}) {
    memory.buffer_latency = buffer;
    memory.path_latency = path;
    shape.state_in_memory = true;
    const EpochTiming timing{{}, {}, 1, 99, 0};
    CHECK(steady_interval(run_both(shape, timing, memory).machine, shape) ==
          40 + 4 + buffer + path);
    shape.state_in_memory = false;
    CHECK(steady_interval(run_both(shape, timing, memory).machine, shape) == 21);
  }
}

TEST_CASE("a machine runs on a DRAM timed by its banks, and waits for it", "[machine]") {
  const EpochShape shape = square(8, 24, 12, 24, 1);
  const EpochInputs inputs = random_inputs(shape, 1);
  EpochMemory memory;
  memory.spare_tiles = 3;
  memory.latency = 60;  // as many rows on their way as a closed bank takes
  const arch::DramTiming device = sim::tests::small_device();
  const EpochResult alone = run_epochs(shape, {{}, {}, 1, 99, 0}, inputs);
  for (const std::int64_t interval : {0, 300}) {
    const EpochTiming timing{{}, {}, 1, 99, interval};
    EpochMachine machine = epoch_machine(shape, timing, inputs, memory);
    sim::BankDram dram(device, 1);  // a clock of the device is a cycle
    machine.spec.dram = &dram;
    machine.spec.dram_rows = {1, 64, 0, 0};  // a row is a burst
    const ArrayMachineRun run = run_machine(machine.spec, machine.program);
    REQUIRE(run.problem == "");
    CHECK(run.stored == alone.attention);
    CHECK(dram.counters().requests == 24 * (24 + 12) + 24 + 12);
    CHECK(dram.counters().refreshing > 0);
    const std::int64_t epochs = run.array_began[23] - run.array_began[0];
    if (interval > 0) {
      CHECK(epochs == 23 * interval);
    } else {
      // Each of 36 bursts follows 3 clocks behind the one before in its bank group; then refresh.
      CHECK(epochs > 23 * 36 * 3);
      CHECK(epochs < 23 * 36 * 3 * 5 / 4);
    }
  }
}

TEST_CASE("whatever is slow or narrow, values are those of the arrays alone",
          "[machine][property]") {
  rc::prop("values", [](std::uint64_t seed) {
    Dice dice(seed);
    EpochShape shape;
    shape.rows = dice.roll(1, 6);
    shape.columns = dice.roll(1, 6);
    shape.depth = dice.roll(1, 6);
    shape.values = dice.roll(1, 6);
    shape.tiles = dice.roll(1, 4);
    shape.blocks = dice.roll(1, 3);
    shape.distance = dice.roll(1, std::min(3, shape.all_tiles()));
    shape.state_in_memory = dice.one_in(2);
    EpochTiming timing{{}, {}, dice.roll(1, 2), 200, 0};
    if (dice.one_in(2)) timing.interval = dice.roll(1, 60);
    EpochMemory memory;
    memory.rows = dice.roll(1, 3);
    memory.cycles = dice.roll(1, 5);
    memory.latency = dice.roll(0, 9);
    memory.spare_tiles = dice.roll(0, 2);
    memory.ports = dice.roll(1, 6);
    memory.banks = dice.roll(1, 9);
    memory.buffer_latency = dice.roll(1, 4);
    memory.path_latency = dice.roll(0, 3);
    memory.prefetch = dice.roll(1, 9);
    run_both(shape, timing, memory, seed);
  });
}

TEST_CASE("too little room for the tiles of an epoch is a deadlock that says who waits",
          "[machine]") {
  const EpochShape shape = square(4, 4, 4, 6, 1);
  EpochMemory memory;
  memory.spare_tiles = -1;  // the tile that comes in has no room before the oldest is done
  const EpochMachine machine =
      epoch_machine(shape, {{}, {}, 1, 64, 0}, random_inputs(shape, 1), memory);
  const ArrayMachineRun run = run_machine(machine.spec, machine.program, {"", 500});
  CHECK(run.problem.find("nothing moves from cycle") == 0);
  CHECK(run.problem.find("array waits for its sequencer to start operation 2") !=
        std::string::npos);
  CHECK(run.problem.find("pieces loaded: 2 and 1") != std::string::npos);
}

TEST_CASE("what was not delivered is never used", "[machine]") {
  const EpochShape shape = square(4, 4, 4, 3, 1);
  const EpochTiming timing{{}, {}, 1, 64, 0};
  const EpochMachine good = epoch_machine(shape, timing, random_inputs(shape, 1), {});
  const auto problem = [](const EpochMachine& machine) {
    return run_machine(machine.spec, machine.program, {"", 500}).problem;
  };
  CHECK(problem(good) == "");
  EpochMachine early = good;
  early.program.edges[sim::kLeftStream][0].after = 0;
  CHECK(problem(early) ==
        "buffer: cycle 0, requester 2: row 0 is read, but nothing was written to it");
  EpochMachine narrow = good;
  narrow.spec.writer_depth = 2;
  CHECK(problem(narrow).find("writer: cycle") == 0);
  EpochMachine shallow = good;
  shallow.spec.lanes.foot_depth = 1;
  CHECK(problem(shallow).find("lanes: cycle") == 0);
  EpochMachine forgotten = good;
  forgotten.program.results.pop_back();
  CHECK(problem(forgotten).find("a word leaves that belongs to no row") != std::string::npos);
}

TEST_CASE("all handshakes of a machine can be written as a waveform", "[machine]") {
  const EpochShape shape = square(4, 4, 4, 2, 1);
  const EpochMachine machine =
      epoch_machine(shape, {{}, {}, 1, 64, 0}, random_inputs(shape, 1), {});
  const Scratch scratch;
  const std::string path = scratch.path("machine.vcd");
  const ArrayMachineRun traced = run_machine(machine.spec, machine.program, {path, 500});
  CHECK(traced.cycles == run_machine(machine.spec, machine.program).cycles);
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const std::string wire : {"clk", "array_instruction_valid", "array_instruction_ready",
                                 "left_valid", "writes0_ready", "rows1_valid", "written"})
    CHECK(text.find(wire) != std::string::npos);
  // The last edge of the clock.
  CHECK(text.find("#" + std::to_string(2 * traced.cycles - 1)) != std::string::npos);
}

TEST_CASE("the full array with its memories computes an epoch in 138 cycles", "[machine][slow]") {
  EpochShape shape = square(256, 64, 64, 16, 1);
  shape.distance = 3;
  EpochMemory memory;
  memory.latency = 100;
  memory.cycles = 1;
  const Both both = run_both(shape, {{}, {}, 1, 99, 138}, memory);
  CHECK(steady_interval(both.machine, shape) == 138);
  CHECK(from_first(both.machine.array_began) == from_first(both.arrays.epoch_starts));
}

}  // namespace einfall::tests
