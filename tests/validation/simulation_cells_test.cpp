#include <catch2/catch.hpp>
#include <cmath>

#include "explore/simulation.hpp"

/// The simulator beside the analytic model: what moves is equal everywhere, cycles are equal where
/// nothing is contended, and elsewhere within bounds that DEVIATIONS.md explains.
namespace einfall::explore {
namespace {

struct Cell {
  std::string scenario;
  Settings settings;
  double bound = 0;  // relative
};

constexpr double kEqual = 1e-5;    // but for roundings
constexpr double kRounded = 5e-4;  // where pieces that take no whole number of cycles meet
constexpr double kPorts = 5e-3;    // where the ports of the buffer are too few
constexpr double kSums = 0.01;     // and partial sums come back, or what comes is early
constexpr double kEdge = 0.015;    // many visits under a mask, gone on with by what is left to do
constexpr double kRuns = 2e-3;     // runs of few epochs, of which each can take some cycles more
constexpr double kShared = 5e-5;   // fills and operations that share ports, in phases
constexpr double kEven = 2e-5;     // the same, of more epochs

void add_fusemax(std::vector<Cell>& all, const char* model, const std::string& n) {
  const auto add = [&](const char* design, const char* schedule, double bound) {
    all.push_back({"fusemax",
                   {{"model", model}, {"seq_len", n}, {"design", design}, {"schedule", schedule}},
                   bound});
  };
  add("unfused", "phased", kEqual);
  add("flat", "phased", kRounded);
  add("cascade", "phased", kEqual);
  add("architecture", "phased", kEqual);
  add("binding", "phased", kEqual);
  add("binding", "pipelined", kEqual);
  add("binding", "interleaved", kEqual);
  if (n != "1K" && n != "4K" && n != "16K") return;
  for (const char* schedule : {"pipelined", "chained"}) {
    add("binding", schedule, n == "1K" ? 3e-4 : n == "4K" ? 3e-5 : kEqual);
    all.back().settings["ports"] = "2";
  }
}

// Attention with a mask, by the lengths at which the loops that it cuts have few steps and many.
void add_masked(std::vector<Cell>& all, const char* model) {
  const auto add = [&](const char* form, const char* n, const char* schedule, double bound) {
    all.push_back({"one_pass",
                   {{"form", form},
                    {"model", model},
                    {"seq_len", n},
                    {"schedule", schedule},
                    {"window", "1K"}},
                   bound});
  };
  for (const char* n : {"1K", "4K", "16K"})
    for (const char* form : {"causal", "window", "sink"}) add(form, n, "phased", kEqual);
  for (const char* n : {"1K", "4K", "16K"}) {
    add("causal", n, "pipelined", kEqual);
    add("window", n, "pipelined", kEven);
    add("sink", n, "pipelined", kRuns);
  }
}

// Lengths of which the last tiles are cut.
void add_partial(std::vector<Cell>& all) {
  for (const char* design : {"unfused", "cascade", "architecture", "binding"})
    for (const char* length : {"1000", "4500"})
      all.push_back(
          {"fusemax", {{"design", design}, {"schedule", "phased"}, {"seq_len", length}}, kEqual});
  for (const char* length : {"513", "769", "1000"})
    all.push_back({"pointwise", {{"schedule", "phased"}, {"seq_len", length}}, kEqual});
  for (const char* form : {"causal", "window"})
    all.push_back({"one_pass",
                   {{"form", form}, {"schedule", "phased"}, {"seq_len", "1300"}, {"window", "300"}},
                   kEqual});
  for (const char* length : {"7", "300", "1000", "5000"})
    all.push_back(
        {"decode", {{"schedule", "phased"}, {"seq_len", length}, {"batch", "2"}}, kEqual});
  all.push_back({"decode", {{"schedule", "pipelined"}, {"seq_len", "7"}, {"batch", "2"}}, kEqual});
  for (const char* schedule : {"phased", "pipelined"})
    all.push_back(
        {"latent_decode", {{"seq_len", "300"}, {"batch", "1"}, {"schedule", schedule}}, kEqual});
  for (const char* n : {"300", "5000"})
    all.push_back({"decode", {{"seq_len", n}, {"schedule", "pipelined"}}, kEqual});
  for (const char* form : {"causal", "window"})
    all.push_back(
        {"one_pass",
         {{"form", form}, {"seq_len", "1300"}, {"window", "1K"}, {"schedule", "pipelined"}},
         kEqual});
  all.push_back({"fusemax", {{"seq_len", "1300"}, {"schedule", "pipelined"}}, kRounded});
  all.push_back({"fusemax", {{"seq_len", "1300"}, {"schedule", "chained"}}, kEqual});
  all.push_back({"pointwise", {{"seq_len", "300"}, {"schedule", "pipelined"}}, kRuns});
  all.push_back({"flow", {{"seq_len", "300"}}, kEqual});
  all.push_back({"two_pass", {{"seq_len", "300"}}, kSums});
  all.push_back({"block_sparse",
                 {{"selection", "quest"}, {"seq_len", "3K"}, {"kept", "1"}, {"batch", "2"}},
                 2e-3});
  all.push_back({"linear_layer_partial",
                 {{"tokens", "1000"}, {"inputs", "512"}, {"outputs", "300"}},
                 kEqual});
  // Two ports, of which operations, what comes for the next head and what leaves ask together.
  for (const char* length : {"700", "1300"})
    all.push_back({"fusemax", {{"ports", "2"}, {"seq_len", length}}, kSums});
  for (const char* length : {"4K", "16K"})
    all.push_back({"fusemax", {{"ports", "2"}, {"seq_len", length}}, kPorts});
  // One tile a head: what comes passes beside another phase than the one that it is for.
  all.push_back({"fusemax", {{"ports", "2"}, {"seq_len", "256"}, {"model", "XLM"}}, kEqual});
  // Cut tiles ask for fewer rows, whole ones for more than the mean.
  for (const char* length : {"812", "1300"})
    all.push_back({"fusemax",
                   {{"ports", "2"}, {"seq_len", length}, {"heads", "5"}, {"schedule", "pipelined"}},
                   kRounded});
  // Of the last block of keys there is a part, of the states that leave and come back for it none
  // is smaller.
  for (const char* length : {"2169", "2304", "4276"})
    all.push_back({"flash_attention_1", {{"seq_len", length}, {"batch", "1"}}, kSums});
  all.push_back({"flash_attention_1", {{"seq_len", "7319"}}, kRounded});
  // What the last chunk has beyond the last token goes nowhere.
  for (const char* schedule : {"phased", "pipelined"}) {
    all.push_back({"chunked", {{"seq_len", "1337"}, {"schedule", schedule}}, kEqual});
    all.push_back({"chunked",
                   {{"seq_len", "1337"}, {"schedule", schedule}, {"chunk", "100"}},
                   schedule == std::string("phased") ? kEqual : kRounded});
  }
  all.push_back(
      {"chunked",
       {{"kernel", "gla"}, {"seq_len", "138"}, {"chunk", "128"}, {"schedule", "pipelined"}},
       kEqual});
  // One block of outputs, which stays: its cut last tile is stored once.
  for (const char* tokens : {"300", "1321"})
    all.push_back({"linear_layer_partial",
                   {{"tokens", tokens}, {"inputs", "1237"}, {"outputs", "243"}},
                   kSums});
}

std::vector<Cell> cells() {
  std::vector<Cell> all;
  for (const char* model : {"BERT", "TrXL", "T5", "XLM"})
    for (const char* length : {"1K", "4K", "16K", "64K", "256K", "1M"})
      add_fusemax(all, model, length);
  for (const char* model : {"Llama-3-8B", "BERT"}) add_masked(all, model);
  for (const char* side : {"16", "32", "64", "128", "256", "512"})
    for (const char* length : {"16K", "256K"})
      for (const char* model : {"BERT", "XLM"})
        all.push_back(
            {"fusemax_sweep", {{"side", side}, {"model", model}, {"seq_len", length}}, kShared});
  const Settings phased{{"schedule", "phased"}};
  const Settings pipelined{{"schedule", "pipelined"}};
  all.push_back({"pointwise", phased, kRounded});
  all.push_back({"pointwise", pipelined, kEqual});
  all.push_back({"flow", {}, kEqual});
  all.push_back({"linear", {}, kRounded});
  all.push_back({"linear", {{"form", "causal"}}, kEqual});
  all.push_back({"chunked", {}, kEqual});
  all.push_back({"chunked", {{"kernel", "gla"}}, kPorts});
  all.push_back({"block_sparse", {}, kEqual});
  all.push_back({"block_sparse", {{"selection", "moba"}}, kPorts});
  all.push_back({"block_sparse", {{"selection", "quest"}}, kPorts});
  all.push_back({"two_pass", {}, kRounded});
  all.push_back({"two_pass", {{"seq_len", "64K"}}, kEqual});
  all.push_back({"decode", phased, kEqual});
  all.push_back({"decode", pipelined, kEqual});
  all.push_back({"paged_decode", phased, kEqual});
  all.push_back({"paged_decode", pipelined, kShared});
  for (const char* batch : {"3", "16"})
    all.push_back(
        {"paged_decode", {{"schedule", "pipelined"}, {"seq_len", "4K"}, {"batch", batch}}, kEqual});
  all.push_back({"latent_decode", phased, kEqual});
  all.push_back({"latent_decode", pipelined, kEqual});
  all.push_back({"linear_layer_partial", {}, kSums});
  all.push_back(
      {"one_pass", {{"form", "window"}, {"machine", "fusemax-edge"}, {"batch", "1"}}, kEdge});
  all.push_back({"flash_attention_1", {}, kRounded});
  add_partial(all);
  for (const char* ports : {"4", "2"})
    all.push_back({"state_width", {{"state", "fp32"}, {"ports", ports}}, kEqual});
  // The parts of encoder_layer and decoder_layer beside attention.
  for (const char* layer : {"query", "key", "value", "output", "feed-forward-1", "feed-forward-2"})
    all.push_back({"linear_layer", {{"layer", layer}}, kEqual});
  for (const char* layer : {"query", "key", "value", "output", "gate", "up", "down"})
    all.push_back({"prompt_layer", {{"layer", layer}}, kEqual});
  return all;
}

TEST_CASE("simulated and analytic agree on what moves and on cycles", "[simulation_cells][slow]") {
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
    CHECK(off <= cell.bound);
  }
}

}  // namespace
}  // namespace einfall::explore
