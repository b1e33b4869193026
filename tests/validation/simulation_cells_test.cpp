#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "explore/simulation.hpp"

/// The simulator beside the analytic model: what moves is equal everywhere, cycles agree within 3 %
/// or the gap is known, asserted to exist and explained in DEVIATIONS.md.
namespace einfall::explore {
namespace {

struct Cell {
  std::string scenario;
  Settings settings;
  double bound = 0.03;
  double gap = 0;  // more than `bound` and at most this, as DEVIATIONS.md says
};

constexpr double kNothing = 1e-5;  // where no two streams ask for one thing at a time

void add_fusemax(std::vector<Cell>& all, const char* model, const std::string& n) {
  const bool is_short = n == "1K" || n == "4K";
  const bool is_long = n == "256K" || n == "1M";
  const auto add = [&](const char* design, const char* schedule, double bound, double gap = 0) {
    all.push_back({"fusemax",
                   {{"model", model}, {"seq_len", n}, {"design", design}, {"schedule", schedule}},
                   bound,
                   gap});
  };
  add("unfused", "phased", 2e-3);
  if (!is_short) add("flat", "phased", 0.03, is_long ? 0.26 : 0);
  add("cascade", "phased", kNothing);
  add("architecture", "phased", kNothing);
  add("binding", "phased", 2e-4);
  add("binding", "pipelined", 0.03, n == "1K" ? 0.15 : 0);
}

std::vector<Cell> cells() {
  std::vector<Cell> all;
  for (const char* model : {"BERT", "TrXL", "T5", "XLM"})
    for (const char* length : {"1K", "4K", "16K", "64K", "256K", "1M"})
      add_fusemax(all, model, length);
  const Settings phased{{"schedule", "phased"}};
  const Settings pipelined{{"schedule", "pipelined"}};
  all.push_back({"pointwise", phased, 2e-4});
  all.push_back({"pointwise", pipelined});
  all.push_back({"flow", {}, 5e-3});
  all.push_back({"linear", {}, 1e-4});
  all.push_back({"linear", {{"form", "causal"}}, kNothing});
  all.push_back({"chunked", {}, kNothing});
  all.push_back({"chunked", {{"kernel", "gla"}}});
  all.push_back({"block_sparse", {}, kNothing});
  all.push_back({"block_sparse", {{"selection", "moba"}}});
  all.push_back({"block_sparse", {{"selection", "quest"}}});
  all.push_back({"one_pass", {}});
  all.push_back({"one_pass", {{"seq_len", "1K"}}, 0.03, 0.05});
  all.push_back({"two_pass", {}, 1e-3});
  all.push_back({"two_pass", {{"seq_len", "64K"}}});
  all.push_back({"decode", phased, kNothing});
  all.push_back({"decode", pipelined});
  all.push_back({"paged_decode", phased, 1e-3});
  all.push_back({"paged_decode", pipelined});
  all.push_back({"latent_decode", phased, kNothing});
  all.push_back({"latent_decode", pipelined});
  all.push_back({"linear_layer", {}, 1e-3});
  all.push_back({"prompt_layer", {}});
  return all;
}

TEST_CASE("simulated and analytic agree on what moves, and on cycles or on why not",
          "[simulation_cells][slow]") {
  Documents documents;
  for (const Cell& cell : cells()) {
    std::string what = cell.scenario;
    for (const auto& [name, value] : cell.settings) what += " " + name + "=" + value;
    INFO(what);
    const auto run =
        simulate_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/" + cell.scenario + ".yaml",
                          cell.settings, documents, {});
    if (!run) FAIL(base::render(run.error()));
    for (const std::string& difference : run->differences) FAIL_CHECK(difference);
    for (std::size_t m = 0; m < run->memories.size(); ++m) {
      CHECK(run->memories[m].read_bytes == run->costed.cost.memories[m].traffic.read_bytes);
      CHECK(run->memories[m].write_bytes == run->costed.cost.memories[m].traffic.write_bytes);
    }
    for (std::size_t u = 0; u < run->costed.machine->units.size(); ++u)
      CHECK(mappings::Exact(run->engines[u].use.busy) == run->costed.cost.units[u].busy);
    const double off =
        std::abs(static_cast<double>(run->cycles) / run->costed.cost.cycles.value() - 1);
    CAPTURE(off);
    CHECK((off > cell.bound) == (cell.gap > 0));
    CHECK(off <= std::max(cell.bound, cell.gap));
  }
}

}  // namespace
}  // namespace einfall::explore
