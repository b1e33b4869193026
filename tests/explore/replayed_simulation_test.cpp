#include <catch2/catch.hpp>

#include "tests/explore/simulated.hpp"

/// Iterations of outer loops that begin as others did are not executed again: no number of a run of
/// many heads and blocks may tell.
namespace einfall::explore {
namespace {

using tests::check_books;
using tests::check_same;
using tests::must_simulate;

void check(const Settings& settings) {
  const Simulated run = must_simulate("fusemax.yaml", settings, true);
  check_books(run);
  const Simulated stepped = must_simulate("fusemax.yaml", settings, false);
  check_same(run, stepped);
  CHECK(run.skipped_cycles > run.cycles / 2);
  REQUIRE(run.operations.size() == stepped.operations.size());
  for (std::size_t o = 0; o < run.operations.size(); ++o) {
    INFO(run.program->operations[o].name);
    const sim::OperationUse& here = run.operations[o];
    const sim::OperationUse& there = stepped.operations[o];
    CHECK(here.visits == there.visits);
    CHECK(here.cycles == there.cycles);
    CHECK(here.before == there.before);
    CHECK(here.after == there.after);
    CHECK(here.first == there.first);
    CHECK(here.last == there.last);
  }
  REQUIRE(run.interval.has_value() == stepped.interval.has_value());
  if (!run.interval) return;
  CHECK(run.interval->usual == stepped.interval->usual);
  CHECK(run.interval->mean == stepped.interval->mean);
}

TEST_CASE("many heads and blocks are replayed with the numbers of those that were executed",
          "[simulation]") {
  for (const char* model : {"BERT", "XLM"})
    for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"}) {
      INFO(model << " " << design);
      check({{"design", design}, {"model", model}, {"seq_len", "1K"}});
      check({{"design", design}, {"model", model}, {"seq_len", "4K"}, {"heads", "40"}});
    }
}

TEST_CASE("pipelines and ports that are too few are replayed", "[simulation]") {
  for (const char* schedule : {"phased", "pipelined", "chained"})
    for (const char* ports : {"4", "2"}) {
      INFO(schedule << " " << ports);
      check({{"schedule", schedule}, {"ports", ports}, {"seq_len", "4K"}, {"heads", "40"}});
      check({{"schedule", schedule}, {"ports", ports}, {"seq_len", "1K"}});
    }
}

TEST_CASE("heads under a mask and with partial tiles are skipped exactly", "[simulation]") {
  struct Case {
    const char* scenario;
    Settings settings;
    bool skips;  // else what a row has left over is another in every head
  };
  const Case cases[] = {
      {"one_pass.yaml", {{"model", "BERT"}, {"seq_len", "2K"}, {"batch", "2"}}, true},
      {"one_pass.yaml", {{"model", "BERT"}, {"seq_len", "1000"}, {"batch", "2"}}, false},
      {"one_pass.yaml",
       {{"model", "BERT"}, {"seq_len", "2K"}, {"batch", "2"}, {"schedule", "pipelined"}},
       true},
      {"fusemax.yaml", {{"seq_len", "1000"}, {"heads", "40"}}, false},
      {"fusemax.yaml", {{"seq_len", "1000"}, {"heads", "40"}, {"design", "unfused"}}, true},
  };
  for (const auto& [scenario, settings, skips] : cases) {
    INFO(scenario << " " << settings.at("seq_len"));
    const Simulated run = must_simulate(scenario, settings, true);
    check_books(run);
    check_same(run, must_simulate(scenario, settings, false));
    if (skips) CHECK(run.skipped_cycles > run.cycles / 2);
  }
}

TEST_CASE("a loop that drifts by fractions of a cycle is not executed step by step",
          "[simulation][slow]") {
  // AV's loop over 1024 tiles of keys waits for the pins, where an iteration takes 1219.2 cycles:
  // it repeats after 2048, and whole iterations of a few kinds follow each other until then.
  const Settings settings{{"design", "flat"}, {"seq_len", "256K"}, {"heads", "1"}};
  check(settings);
  const Simulated run = must_simulate("fusemax.yaml", settings, true);
  CHECK(run.cycles - run.skipped_cycles < 38'000'000);
}

TEST_CASE("blocks of queries that outgrow the buffer are replayed", "[simulation][slow]") {
  for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"}) {
    INFO(design);
    check({{"design", design}, {"seq_len", "64K"}, {"heads", "7"}});
  }
}

}  // namespace
}  // namespace einfall::explore
