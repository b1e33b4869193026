#include <algorithm>
#include <catch2/catch.hpp>

#include "explore/simulation.hpp"
#include "tests/explore/simulated.hpp"

/// The outermost memory by its banks, in whole scenarios.
namespace einfall::explore {
namespace {

using tests::check_books;
using tests::check_same;
using tests::must_simulate;

TEST_CASE("banks change time alone, and skipping changes nothing", "[simulation][dram]") {
  for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"}) {
    const Settings settings{{"design", design}, {"seq_len", "1K"}, {"heads", "2"}};
    INFO(design);
    const Simulated run = must_simulate("fusemax.yaml", settings, true, true);
    check_books(run);
    check_same(run, must_simulate("fusemax.yaml", settings, false, true));
    const Simulated by_rate = must_simulate("fusemax.yaml", settings, true);
    CHECK(run.words == by_rate.words);
    CHECK_FALSE(by_rate.dram);
    REQUIRE(run.dram);
    // Whole bursts pass the pins, and everything here is made of whole bursts.
    CHECK(mappings::Exact(run.dram->moved.value()) == run.memories.front().bytes());
    CHECK(64 * (run.dram->row_hits + run.dram->activations) == run.dram->moved.value());
    // 16 channels of 32 bytes a clock of 800 MHz.
    const double busy = static_cast<double>(run.dram->moved.value()) / 512 * 940 / 800;
    const auto pins = std::find_if(run.engines.begin(), run.engines.end(),
                                   [](const auto& engine) { return engine.name == "dram pins"; });
    REQUIRE(pins != run.engines.end());
    CHECK(static_cast<double>(pins->use.busy) == Approx(busy).margin(1));
  }
}

TEST_CASE("a pipelined run of many tiles skips what lies between transfers", "[simulation][dram]") {
  const Settings settings{
      {"design", "binding"}, {"schedule", "pipelined"}, {"seq_len", "16K"}, {"heads", "2"}};
  const Simulated run = must_simulate("fusemax.yaml", settings, true, true);
  check_books(run);
  check_same(run, must_simulate("fusemax.yaml", settings, false, true));
  CHECK(run.skipped_cycles > 0);
}

TEST_CASE("gathers, masks, partial tiles and parts of a tensor are simulated by banks",
          "[simulation][dram]") {
  const std::pair<const char*, Settings> cases[] = {
      {"paged_decode.yaml", {{"seq_len", "4K"}, {"batch", "2"}}},
      {"block_sparse.yaml", {{"model", "BERT"}, {"seq_len", "1K"}, {"kept", "2"}}},
      {"chunked.yaml", {{"seq_len", "512"}}},
      {"two_pass.yaml", {{"seq_len", "300"}}}};
  for (const auto& [scenario, settings] : cases) {
    INFO(scenario);
    const Simulated run = must_simulate(scenario, settings, true, true);
    check_books(run);
    check_same(run, must_simulate(scenario, settings, false, true));
  }
}

}  // namespace
}  // namespace einfall::explore
