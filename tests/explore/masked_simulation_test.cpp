#include "mappings/program/cursor.hpp"
#include "tests/explore/simulated.hpp"

namespace einfall::explore {
namespace {

using tests::check_books;
using tests::check_same;
using tests::must_simulate;

// Going through all visits, without any time.
void check_tokens(const mappings::Program& program) {
  std::vector<std::int64_t> given(program.tokens.size(), 0), taken(program.tokens.size(), 0);
  for (const mappings::Operation& op : program.operations)
    for (mappings::Cursor cursor(op); !cursor.done(); cursor.next()) {
      for (const mappings::Give& give : op.gives)
        if (give.when.holds(cursor.at())) ++given[give.token];
      for (const mappings::Take& take : op.takes)
        if (take.when.holds(cursor.at())) ++taken[take.token];
    }
  for (std::size_t t = 0; t < program.tokens.size(); ++t) {
    INFO(program.tokens[t].what);
    CHECK(given[t] == taken[t]);
  }
}

// Counts are those of the analytic model, tokens balance, and skipping changes nothing.
Simulated check(const std::string& scenario, const Settings& settings) {
  std::string set;
  for (const auto& [name, value] : settings) set += " " + name + "=" + value;
  INFO(scenario << set);
  Simulated skipped = must_simulate(scenario, settings, true);
  check_books(skipped);
  check_tokens(*skipped.program);
  check_same(skipped, must_simulate(scenario, settings, false));
  return skipped;
}

TEST_CASE("causal, windowed and sink attention are simulated with the counts of the analytic model",
          "[simulation]") {
  for (const char* form : {"causal", "window", "sink"})
    for (const char* schedule : {"phased", "pipelined"})
      for (const char* length : {"512", "4K"})
        check("one_pass.yaml", {{"form", form},
                                {"schedule", schedule},
                                {"seq_len", length},
                                {"window", "1K"},
                                {"model", "BERT"},
                                {"batch", "1"}});
}

TEST_CASE("attention over chosen blocks is simulated with the counts of the analytic model",
          "[simulation]") {
  const Settings small{{"seq_len", "4K"}, {"model", "BERT"}, {"kept", "4"}};
  for (const char* selection : {"given", "moba", "quest"}) {
    Settings settings = small;
    settings["selection"] = selection;
    check("block_sparse.yaml", settings);
  }
  Settings pipelined = small;
  pipelined["schedule"] = "pipelined";
  check("block_sparse.yaml", pipelined);
}

TEST_CASE("linear attention in chunks is simulated with the counts of the analytic model",
          "[simulation]") {
  for (const char* kernel : {"lightning", "gla"})
    for (const char* schedule : {"phased", "pipelined"})
      check("chunked.yaml", {{"kernel", kernel}, {"schedule", schedule}, {"seq_len", "2K"}});
}

TEST_CASE(
    "lengths that cut the last block short are simulated with the counts of the analytic model",
    "[simulation]") {
  const Settings cut{{"seq_len", "1000"}, {"model", "BERT"}};
  for (const char* form : {"causal", "window", "sink"}) {
    Settings settings = cut;
    settings["form"] = form;
    settings["batch"] = "1";
    check("one_pass.yaml", settings);
  }
  check("chunked.yaml", cut);
  Settings blocks = cut;
  blocks["kept"] = "2";
  check("block_sparse.yaml", blocks);
  for (const char* schedule : {"phased", "pipelined", "chained"})
    check("fusemax.yaml", {{"seq_len", "1000"}, {"heads", "2"}, {"schedule", schedule}});
}

TEST_CASE("long stretches inside a mask are skipped exactly", "[simulation][slow]") {
  for (const char* form : {"causal", "window", "sink"})
    for (const char* schedule : {"phased", "pipelined"}) {
      const Simulated run = check("one_pass.yaml", {{"form", form},
                                                    {"schedule", schedule},
                                                    {"seq_len", "16K"},
                                                    {"window", "4K"},
                                                    {"model", "BERT"},
                                                    {"batch", "1"}});
      CHECK(run.skipped_cycles > run.cycles / 2);
    }
}

TEST_CASE("below the diagonal of a long sequence nearly all cycles are skipped", "[simulation]") {
  const Simulated run = must_simulate(
      "one_pass.yaml",
      {{"schedule", "phased"}, {"seq_len", "64K"}, {"model", "BERT"}, {"batch", "1"}}, true);
  check_books(run);
  CHECK(run.skipped_cycles > run.cycles / 10 * 9);
}

}  // namespace
}  // namespace einfall::explore
