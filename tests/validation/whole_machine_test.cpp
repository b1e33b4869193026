#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "explore/simulation.hpp"
#include "tests/support/epoch_machine.hpp"
#include "tests/support/scratch.hpp"

/// FuseMax's pipelined binding as `simulate` runs it, from the documents that ship, beside the
/// machine of modules that executes epochs written by hand, instruction by instruction and word by
/// word (epoch_programs.hpp, after the paper's section V): two machines that share no code above
/// the operators' latencies.
namespace einfall::tests {
namespace {

// Ports and pins that nobody waits for: how they share them, each has tests of its own.
constexpr int kPorts = 64;

struct Run {
  std::int64_t interval = 0;
  /// From the first cycle of the first product to the last byte.
  std::int64_t cycles = 0;
};

Run by_events(const EpochShape& shape) {
  const Scratch scratch;
  std::ofstream(scratch.path("machine.yaml")) << fmt::format(
      R"(einfall: 1
machine: ports
extends: {}/arch/specs/fusemax-cloud.yaml
source: chosen
features:
  units:
    array2d: {{rows: {}, columns: {}, source: chosen}}
    array1d: {{lanes: {}, source: chosen}}
  memories:
    dram: {{bandwidth: 100 TB/s, source: chosen}}
    buffer: {{capacity: {} B, row: {} B, source: chosen}}
implementation:
  memories:
    buffer: {{ports: {{shared: {}}}, source: chosen}}
no_energy: not asked for
)",
      EINFALL_SOURCE_DIR, shape.rows, shape.columns, shape.columns, 2 * shape.columns * 32768,
      2 * shape.columns, kPorts);
  std::ofstream(scratch.path("scenario.yaml")) << fmt::format(
      "einfall: 1\nscenario: whole\ncascade: {0}/workloads/cascades/attn_1pass.yaml\n"
      "machine: machine.yaml\nmapping: {0}/mappings/library/binding-pipelined.yaml\n"
      "sizes: {{B: 1, H: 1, E: {1}, F: {2}, P: {3}, M: {4}}}\n",
      EINFALL_SOURCE_DIR, shape.depth, shape.values, shape.columns * shape.blocks,
      shape.rows * shape.tiles);
  explore::Documents documents;
  const auto run = explore::simulate_scenario(scratch.path("scenario.yaml"), {}, documents, {});
  if (!run) FAIL(base::render(run.error()));
  REQUIRE(run->interval);
  for (std::size_t o = 0; o < run->operations.size(); ++o)
    if (run->program->operations[o].name == "BQK")
      return {run->interval->usual, run->cycles - run->operations[o].first};
  FAIL("no BQK");
  return {};
}

EpochMemory quick_memory() {
  EpochMemory memory;
  memory.rows = kPorts;  // a cycle
  memory.latency = 0;
  memory.ports = kPorts;
  memory.banks = 1009;  // no two streams meet in one
  return memory;
}

/// `interval`: that the array is held to, or 0.
Run stepped(const EpochShape& shape, std::int64_t interval = 0) {
  const EpochMachine machine =
      epoch_machine(shape, {{}, {}, 1, 99, interval}, random_inputs(shape, 1), quick_memory());
  const sim::ArrayMachineRun run = sim::run_machine(machine.spec, machine.program);
  REQUIRE(run.problem == "");
  const std::vector<std::int64_t>& began = run.array_began;
  const auto last = static_cast<std::size_t>(shape.all_tiles() - 1);
  REQUIRE((began[last] - began[last - 4]) % 4 == 0);
  return {(began[last] - began[last - 4]) / 4, run.cycles - began[0]};
}

}  // namespace

// Events have the time of lane 0. The last words of the stepped run leave a lane later than that
// for every other lane, and a few registers later on their way to the memory. With several blocks
// the mapping divides all of them behind the last epoch, the program by hand each behind its own,
// so that it may be done with the others' by then.
TEST_CASE(
    "events and the whole stepped machine take the same cycles for every epoch, and for a run "
    "up to its edges",
    "[whole]") {
  for (const int side : {8, 12, 16})
    for (const auto& [depth, values] :
         {std::pair{8, 8}, {16, 8}, {8, 16}, {24, 12}, {12, 24}, {6, 30}})
      for (const int blocks : {1, 2, 4}) {
        INFO("side " << side << " E " << depth << " F " << values << " blocks " << blocks);
        EpochShape shape = square(side, depth, values, 40, blocks);
        const Run events = by_events(shape), lanes = stepped(shape);
        CHECK(lanes.interval == std::max(depth + values + 9, 2 * values + 10));
        CHECK(events.interval == lanes.interval);
        const std::int64_t edges = lanes.cycles - events.cycles;
        CHECK(edges <= side + 3);
        CHECK(edges >= (blocks == 1 || values >= depth ? side - 3 : -values));

        // State that the lanes write to the buffer lane after lane and read in whole rows: hidden
        // as long as a row is back within an epoch, but for the division of a block, which reads
        // what has just been written.
        const EpochMemory memory = quick_memory();
        const std::int64_t back = side + 4 + memory.buffer_latency + memory.path_latency;
        shape.state_in_memory = true;
        const Run rows = stepped(shape);
        CHECK(rows.interval == std::max(events.interval, back));
        CHECK(rows.cycles >= lanes.cycles);
        if (back <= events.interval) CHECK(rows.cycles <= lanes.cycles + blocks * back);
      }
}

// DEVIATIONS.md, "State of one block of queries in whole rows".
TEST_CASE(
    "where one block's state goes through the buffer in whole rows, events do not wait for its "
    "last lane",
    "[whole]") {
  EpochShape shape = square(40, 8, 4, 24, 1);
  shape.distance = 5;
  const Run events = by_events(shape);
  CHECK(events.interval == 8 + 4 + 9);
  CHECK(stepped(shape).interval == events.interval);
  shape.state_in_memory = true;
  const EpochMemory memory = quick_memory();
  CHECK(stepped(shape).interval == 40 + 4 + memory.buffer_latency + memory.path_latency);
}

TEST_CASE("at full size too events and the whole stepped machine take 138 cycles an epoch",
          "[whole][slow]") {
  EpochShape shape = square(256, 64, 64, 16, 1);
  shape.distance = 3;
  for (const int blocks : {1, 2}) {
    shape.blocks = blocks;
    const Run events = by_events(shape), lanes = stepped(shape, 138);
    CHECK(events.interval == 138);
    CHECK(lanes.interval == 138);
    // Held to its interval from the first epoch on, the program by hand ends up to one later.
    CHECK(lanes.cycles - events.cycles >= 256 - 3);
    CHECK(lanes.cycles - events.cycles <= 256 + 3 + 138);
  }
}

}  // namespace einfall::tests
