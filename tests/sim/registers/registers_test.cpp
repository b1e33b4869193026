#include "sim/registers/registers.hpp"

#include <catch2/catch.hpp>

#include "explore/simulation.hpp"
#include "sim/engine/kernel.hpp"

namespace einfall::tests {
namespace {

using explore::Settings;
using Peak = sim::RegisterUse::Peak;

struct Case {
  std::string scenario;
  Settings settings;
  /// Words from the feet of the array wait in more registers than a lane has (DEVIATIONS.md).
  bool feet = false;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const char* scenario, Settings settings, bool feet) {
    all.push_back({scenario, std::move(settings), feet});
  };
  for (const char* length : {"1K", "4K", "256K"}) {
    const std::string n = length;
    add("fusemax", {{"seq_len", n}, {"design", "unfused"}}, false);
    add("fusemax", {{"seq_len", n}, {"design", "flat"}}, false);
    add("fusemax", {{"seq_len", n}, {"design", "cascade"}}, n != "1K");
    add("fusemax", {{"seq_len", n}, {"design", "architecture"}}, false);
    for (const char* schedule : {"phased", "pipelined", "chained"})
      add("fusemax", {{"seq_len", n}, {"design", "binding"}, {"schedule", schedule}}, true);
    // The last tiles of a run have nothing to take turns with; the longest ends behind what is
    // seen.
    add("fusemax", {{"seq_len", n}, {"design", "binding"}, {"schedule", "interleaved"}},
        n != "256K");
  }
  for (const char* schedule : {"phased", "pipelined"}) {
    for (const char* scenario : {"pointwise", "decode", "paged_decode"})
      add(scenario, {{"schedule", schedule}}, false);
    add("latent_decode", {{"schedule", schedule}}, true);
  }
  for (const char* scenario : {"flow", "linear", "block_sparse", "one_pass"})
    add(scenario, {}, true);
  for (const char* scenario : {"chunked", "two_pass", "linear_layer", "prompt_layer"})
    add(scenario, {}, false);
  for (const char* scenario : {"encoder_layer", "decoder_layer"}) add(scenario, {}, true);
  return all;
}

constexpr int kOperations = 4000;  // from the beginning; then steady states repeat

explore::Costed costed_of(const Case& c, explore::Documents& documents) {
  auto costed = explore::cost_scenario(
      EINFALL_SOURCE_DIR "/workloads/scenarios/" + c.scenario + ".yaml", c.settings, documents);
  if (!costed) FAIL(base::render(costed.error()));
  return std::move(*costed);
}

// By unit.
std::vector<Peak> peaks_of(const explore::Costed& costed) {
  const auto program = mappings::lower(*costed.cascade, *costed.machine, *costed.mapping,
                                       *costed.bound, costed.scenario.assumptions.model);
  if (!program) FAIL(base::render(program.error()));
  sim::Execution execution(*program, {});
  sim::RegisterUse use(*program, *costed.bound, *costed.machine);
  int left = kOperations;
  execution.observe([&](const sim::Execution::Done& done) {
    use.see(done);
    return --left > 0;
  });
  REQUIRE(sim::run(execution, program->engines.size()));
  std::vector<Peak> peaks;
  for (std::size_t u = 0; u < costed.machine->units.size(); ++u)
    peaks.push_back(use.peak(mappings::UnitId(u)));
  return peaks;
}

// Whether any lane needs more registers than it has.
bool check_units(const explore::Costed& costed) {
  bool lacks = false;
  for (const explore::CostedPart& part : costed.parts) lacks = check_units(part.costed) || lacks;
  if (!costed.parts.empty()) return lacks;
  const std::vector<Peak> peaks = peaks_of(costed);
  for (std::size_t u = 0; u < peaks.size(); ++u) {
    const arch::ComputeUnit& unit = costed.machine->units[u];
    INFO(unit.name << " needs " << peaks[u].entries << " at cycle " << peaks[u].cycle);
    if (unit.kind == arch::UnitKind::kSpatialArray)
      CHECK(peaks[u].entries <= unit.registers.entries);
    else
      lacks = lacks || peaks[u].entries > unit.registers.entries;
  }
  return lacks;
}

TEST_CASE("what PEs hold at run time fits their registers; what lanes hold, or the gap is known",
          "[registers][slow]") {
  explore::Documents documents;
  for (const Case& c : cases()) {
    std::string what = c.scenario;
    for (const auto& [name, value] : c.settings) what += " " + name + "=" + value;
    INFO(what);
    CHECK(check_units(costed_of(c, documents)) == c.feet);
  }
}

TEST_CASE("one tile at a time holds its scores and its numerators in every PE", "[registers]") {
  explore::Documents documents;
  const auto costed =
      costed_of({"fusemax", {{"seq_len", "1K"}, {"design", "architecture"}}}, documents);
  const Peak peak = peaks_of(costed)[0];
  CHECK(peak.entries == 2);
  CHECK(peak.of == std::vector<std::string>{"1 of BQK", "1 of SLN"});
}

// The array makes a word of SLNV in every cycle, 64 of them; the lanes need two cycles for each.
TEST_CASE("the pipelined binding lets words from the feet wait in more registers than a lane has",
          "[registers]") {
  explore::Documents documents;
  const auto costed = costed_of(
      {"fusemax", {{"seq_len", "256K"}, {"design", "binding"}, {"schedule", "pipelined"}}},
      documents);
  const Peak peak = peaks_of(costed)[1];
  CHECK(costed.machine->units[1].registers.entries == 32);
  // When the last has come no more than half of them can have been taken.
  const auto waiting = std::find_if(peak.of.begin(), peak.of.end(), [](const std::string& of) {
    return of.find("of SLNV") != std::string::npos;
  });
  REQUIRE(waiting != peak.of.end());
  CHECK(std::stoi(*waiting) >= 32);
  CHECK(peak.entries > 32);
}

TEST_CASE("words of products that take turns with scores fit the registers of a lane",
          "[registers]") {
  explore::Documents documents;
  const auto costed = costed_of(
      {"fusemax", {{"seq_len", "256K"}, {"design", "binding"}, {"schedule", "interleaved"}}},
      documents);
  const Peak peak = peaks_of(costed)[1];
  CHECK(peak.entries > 1);
  CHECK(peak.entries < 32);
}

}  // namespace
}  // namespace einfall::tests
