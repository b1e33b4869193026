#include "sim/sequencer/sequencer.hpp"

#include <catch2/catch.hpp>

#include "sim/engine/kernel.hpp"
#include "tests/sim/array/random_drive.hpp"

namespace einfall::tests {
namespace {

using mappings::Program;
using sim::Sequencer;
using sim::TokenBoard;
using sim::Visit;
using Issued = std::vector<Sequencer::Issued>;

TEST_CASE("a token counts at its cycle and not one sooner", "[sequencer]") {
  for (const std::int64_t delay : {0, 1, 5, 9}) {
    Visit make, use;
    make.issue = 3;
    make.gives = {{0, false, delay}};
    use.operation = 1;
    use.takes = {0};
    const std::vector<Visit> first{make}, second{use};
    std::vector<Sequencer> all{Sequencer(second), Sequencer(first)};
    TokenBoard board({0}, {});
    REQUIRE(run_sequencers(all, board));
    CHECK(all[0].issued() == Issued{{1, delay, delay + 1}});
    CHECK(all[1].issued() == Issued{{0, 0, 3}});
  }
}

TEST_CASE("an instruction starts when the one before is over, one a cycle", "[sequencer]") {
  const std::vector<Visit> visits{{0, 1, {}, {}, {}}, {1, 4, {}, {}, {}}, {2, 1, {}, {}, {}}};
  std::vector<Sequencer> all{Sequencer(visits)};
  TokenBoard board({}, {});
  REQUIRE(run_sequencers(all, board));
  CHECK(all[0].issued() == Issued{{0, 0, 1}, {1, 1, 5}, {2, 5, 6}});
}

TEST_CASE("a barrier holds each sequencer until the last has come", "[sequencer]") {
  const Visit barrier{9, 0, {}, {}, 0};
  const std::vector<Visit> slow{{0, 7, {}, {}, {}}, barrier, {1, 1, {}, {}, {}}};
  const std::vector<Visit> quick{{2, 2, {}, {}, {}}, barrier, {3, 1, {}, {}, {}}};
  std::vector<Sequencer> all{Sequencer(slow), Sequencer(quick)};
  TokenBoard board({}, {2});
  REQUIRE(run_sequencers(all, board));
  CHECK(all[0].issued().back() == Sequencer::Issued{1, 7, 8});
  CHECK(all[1].issued().back() == Sequencer::Issued{3, 7, 8});
}

TEST_CASE("sequencers that wait for each other end the run", "[sequencer]") {
  const std::vector<Visit> one{{0, 1, {0}, {{1, true, 0}}, {}}};
  const std::vector<Visit> other{{1, 1, {1}, {{0, true, 0}}, {}}};
  std::vector<Sequencer> all{Sequencer(one), Sequencer(other)};
  TokenBoard board({0, 0}, {});
  CHECK_FALSE(run_sequencers(all, board));
}

/// Units with operations in the same loops, and tokens between any two of them: from one to a later
/// one, or back with some there from the beginning. Not all of them can be executed to the end.
Program random_program(Dice& dice) {
  using namespace mappings;
  Program program;
  Walk walk;
  const int levels = dice.roll(1, 3);
  BoundNode leaf;
  for (int l = 0; l < levels; ++l) {
    const std::int64_t trips = dice.roll(1, 5);
    walk.levels.push_back({PartId(static_cast<std::size_t>(l)), trips, 1, trips, {}, false});
    leaf.path.push_back(PartId(static_cast<std::size_t>(l)));
  }
  leaf.loops = leaf.path;
  program.nodes.push_back(leaf);
  const int units = dice.roll(1, 4), operations = dice.roll(units, 8);
  for (int u = 0; u < units; ++u)
    program.engines.push_back({EngineKind::kUnit, "unit", static_cast<std::size_t>(u), {}});
  for (int o = 0; o < operations; ++o) {
    Operation op;
    op.node = NodeId(0);
    op.walk = walk;
    op.sequence = o;
    op.issue.push_back({dice.roll(1, 9), {}});
    program.operations.push_back(op);
    program.engines[o < units ? o : dice.roll(0, units - 1)].operations.push_back(o);
  }
  const int tokens = dice.roll(0, 8);
  for (int t = 0; t < tokens; ++t) {
    const int from = dice.roll(0, operations - 1), to = dice.roll(0, operations - 1);
    const std::int64_t initial = from < to ? 0 : dice.roll(dice.one_in(4) ? 0 : 1, 3);
    When when;
    if (dice.one_in(3)) when.first = 1U << dice.roll(0, levels - 1);
    if (dice.one_in(3)) when.last = 1U << dice.roll(0, levels - 1);
    const auto token = program.tokens.size();
    program.tokens.push_back({"token", Lack::kDependence, initial, {}});
    program.operations[from].gives.push_back({token, when, dice.one_in(2), dice.roll(0, 20)});
    program.operations[to].takes.push_back({token, when});
  }
  if (!dice.one_in(3)) return program;
  program.barriers.emplace_back();
  for (int u = 0; u < units; ++u) {
    Operation op;
    op.kind = OperationKind::kBarrier;
    op.node = NodeId(0);
    op.walk = walk;
    op.sequence = operations;
    program.engines[u].operations.push_back(program.operations.size());
    program.barriers[0].push_back(u);
    program.operations.push_back(op);
  }
  return program;
}

/// By unit; nullopt: it never ends.
using Stamps = std::optional<std::vector<Issued>>;

Stamps by_events(const Program& program) {
  sim::Execution execution(program, {});
  std::vector<Issued> stamps(program.engines.size());
  execution.observe([&](const sim::Execution::Done& done) {
    stamps[done.engine].push_back({done.operation, done.start, done.start + done.cycles});
    return true;
  });
  if (!sim::run(execution, program.engines.size())) return std::nullopt;
  return stamps;
}

Stamps by_steps(const Program& program) {
  std::vector<std::int64_t> initial;
  for (const mappings::Token& token : program.tokens) initial.push_back(token.initial);
  std::vector<std::size_t> taking_part;
  for (const auto& engines : program.barriers) taking_part.push_back(engines.size());
  TokenBoard board(initial, taking_part);
  std::vector<std::vector<Visit>> visits;
  for (std::size_t e = 0; e < program.engines.size(); ++e) {
    const auto of_unit = sim::visits_of(program, e, 10'000);
    REQUIRE(of_unit.has_value());
    visits.push_back(*of_unit);
  }
  std::vector<Sequencer> sequencers(visits.begin(), visits.end());
  if (!run_sequencers(sequencers, board)) return std::nullopt;
  std::vector<Issued> stamps;
  for (const Sequencer& sequencer : sequencers) stamps.push_back(sequencer.issued());
  return stamps;
}

TEST_CASE("sequencers issue in the cycles that a program's engines say", "[sequencer][property]") {
  int ended = 0, stuck = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    Dice dice(seed);
    const Program program = random_program(dice);
    const Stamps steps = by_steps(program);
    REQUIRE(steps == by_events(program));
    ++(steps ? ended : stuck);
  }
  CHECK(ended > 100);
  CHECK(stuck > 10);
}

TEST_CASE("a list of visits has a limit", "[sequencer]") {
  Dice dice(1);
  const Program program = random_program(dice);
  const auto all = sim::visits_of(program, 0, 10'000);
  REQUIRE(all);
  CHECK(sim::visits_of(program, 0, all->size()));
  CHECK_FALSE(sim::visits_of(program, 0, all->size() - 1));
}

}  // namespace
}  // namespace einfall::tests
