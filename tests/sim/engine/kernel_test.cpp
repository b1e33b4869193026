#include <catch2/catch.hpp>

#include "sim/engine/kernel.hpp"

namespace einfall::sim {
namespace {

using namespace mappings;

// A loop over one part of a rank of its own.
Walk loop(std::size_t part, std::int64_t trips) {
  Walk walk;
  walk.levels.push_back({PartId(part), trips, 1, trips, {}, true});
  return walk;
}

Operation tile(const std::string& name, const Walk& walk, std::int64_t issue) {
  Operation op;
  op.name = name;
  op.node = NodeId(0);
  op.walk = walk;
  op.issue.push_back({issue, {}});
  op.complete = issue;
  return op;
}

// Two units, each with one operation in the same loop; the second waits for the first.
Program chain(std::int64_t trips, std::int64_t first, std::int64_t second, std::int64_t delay) {
  Program program;
  BoundNode leaf;
  leaf.path = {PartId(0)};
  leaf.loops = leaf.path;
  program.nodes.push_back(leaf);
  program.operations = {tile("make", loop(0, trips), first), tile("use", loop(0, trips), second)};
  program.engines = {{EngineKind::kUnit, "a", 0, {0}}, {EngineKind::kUnit, "b", 1, {1}}};
  program.tokens.push_back({"make -> use", Lack::kDependence, 0, {}});
  program.operations[0].gives.push_back({0, {}, false, delay});
  program.operations[1].takes.push_back({0, {}});
  return program;
}

std::int64_t cycles_of(const Program& program, bool fast_forward) {
  Execution execution(program, {fast_forward});
  REQUIRE(run(execution, program.engines.size()));
  for (const EngineUse& use : execution.use()) {
    std::int64_t sum = use.busy;
    for (const std::int64_t stall : use.stalls) sum += stall;
    CHECK(sum == execution.cycles());
  }
  return execution.cycles();
}

std::vector<OperationUse> profile_of(const Program& program, const ExecutionOptions& options) {
  Execution execution(program, options);
  REQUIRE(run(execution, program.engines.size()));
  return execution.profile().uses();
}

TEST_CASE("the profile says when every operation had its engine", "[engine]") {
  // "make" takes 3 cycles, its value counts after 7, "use" 5: the first runs ahead of the second
  // until 1000 of 3 cycles have passed, while the second goes on until 7 + 1000 * 5.
  const Program program = chain(1000, 3, 5, 7);
  for (const bool fast_forward : {false, true}) {
    const auto uses = profile_of(program, {fast_forward, 1});
    CHECK(uses[0].visits == 1000);
    CHECK(uses[0].cycles == 3000);
    CHECK(uses[0].before == 7);
    CHECK(uses[0].after == 0);
    CHECK(uses[0].first == 0);
    CHECK(uses[0].last == 999 * 3);
    CHECK(uses[1].cycles == 5000);
    CHECK(uses[1].before == 0);
    CHECK(uses[1].first == 7);
    CHECK(uses[1].last == 7 + 999 * 5);
  }
  // Seen from the producer, the consumer works on after its end.
  for (const bool fast_forward : {false, true}) {
    const auto uses = profile_of(program, {fast_forward, 0});
    CHECK(uses[0].before == 0);
    CHECK(uses[1].before == 0);
    CHECK(uses[1].after == 7 + 5000 - 3000);
  }
}

TEST_CASE("intervals between epochs are counted as they are where nothing is skipped", "[engine]") {
  // "use" begins 3 cycles after each "make" but for the first, which waits one more: iterations end
  // alike from then on, and the first interval is a cycle shorter.
  for (const std::int64_t trips : {4, 5, 6, 20, 1000}) {
    INFO(trips);
    Program program = chain(trips, 6, 1, 3);
    for (Operation& op : program.operations) op.group = NodeId(0);
    When first;
    first.first = 1;
    program.tokens.push_back({"first", Lack::kDependence, 0, {}});
    program.operations[0].gives.push_back({1, first, false, 4});
    program.operations[1].takes.push_back({1, first});
    for (const bool fast_forward : {false, true}) {
      Execution execution(program, {fast_forward, 1});
      REQUIRE(run(execution, program.engines.size()));
      CHECK(execution.profile().intervals() == Profile::Intervals{{5, 1}, {6, trips - 2}});
      if (fast_forward) CHECK((execution.skipped_cycles() > 0) == (trips > 5));
    }
  }
}

TEST_CASE("a value can be used exactly when it is there", "[engine]") {
  // The last of ten values counts 7 cycles after its start at 9 * 5; its use takes 3 more.
  CHECK(cycles_of(chain(10, 5, 3, 7), false) == 9 * 5 + 7 + 3);
  CHECK(cycles_of(chain(10, 5, 3, 8), false) == 9 * 5 + 8 + 3);
  // The slower of the two decides.
  CHECK(cycles_of(chain(10, 3, 5, 7), false) == 7 + 10 * 5);
}

TEST_CASE("skipping a steady state changes no result", "[engine]") {
  for (std::int64_t trips = 1; trips < 40; ++trips)
    for (std::int64_t second = 1; second < 6; ++second) {
      INFO(trips << " " << second);
      const Program program = chain(trips, 3, second, 11);
      CHECK(cycles_of(program, true) == cycles_of(program, false));
    }
  Execution execution(chain(1'000'000, 3, 4, 11), {true});
}

TEST_CASE("room for two results holds the producer back", "[engine]") {
  Program program = chain(10, 1, 9, 1);
  program.tokens.push_back({"room", Lack::kSpace, 2, {}});
  program.operations[0].takes.push_back({1, {}});
  program.operations[1].gives.push_back({1, {}, true, 0});
  Execution execution(program, {false});
  REQUIRE(run(execution, 2));
  CHECK(execution.cycles() == 1 + 10 * 9);
  // The third value waits for the end of the first use, at 1 + 9, and so on.
  CHECK(execution.use()[0].stalls[static_cast<std::size_t>(Stall::kSpace)] == 10 - 2 + 7 * 8);
}

TEST_CASE("a barrier holds each engine until the last has come", "[engine]") {
  Program program = chain(10, 5, 3, 0);
  program.operations[0].gives.clear();
  program.operations[1].takes.clear();
  program.barriers.push_back({0, 1});
  Operation barrier = tile("barrier", loop(0, 10), 0);
  barrier.kind = OperationKind::kBarrier;
  barrier.issue.clear();
  barrier.sequence = 1;
  program.operations.push_back(barrier);
  program.operations.push_back(barrier);
  program.engines[0].operations.push_back(2);
  program.engines[1].operations.push_back(3);
  Execution execution(program, {false});
  REQUIRE(run(execution, 2));
  CHECK(execution.cycles() == 50);
  CHECK(execution.use()[1].stalls[static_cast<std::size_t>(Stall::kBarrier)] == 10 * 2);
}

TEST_CASE("a circle of tokens is a deadlock that names who waits for what", "[engine]") {
  Program program = chain(4, 1, 1, 1);
  program.tokens.push_back({"use -> make", Lack::kDependence, 0, {}});
  program.operations[0].takes.push_back({1, {}});
  program.operations[1].gives.push_back({1, {}, true, 0});
  Execution execution(program, {false});
  CHECK_FALSE(run(execution, 2));
  REQUIRE(execution.waiting().size() == 2);
  CHECK(execution.waiting()[0].text ==
        "a cannot begin make: dependence 'use -> make' is missing, which b gives");
  CHECK(execution.waiting()[0].token == std::size_t{1});
  CHECK(execution.waiting()[0].giver == std::size_t{1});
  CHECK(execution.waiting()[1].text ==
        "b cannot begin use: dependence 'make -> use' is missing, which a gives");
  // The kernel goes on serving others.
  CHECK(cycles_of(chain(10, 5, 3, 7), true) == 55);
}

}  // namespace
}  // namespace einfall::sim
