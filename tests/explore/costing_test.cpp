#include <catch2/catch.hpp>
#include <cmath>

#include "explore/cost_report.hpp"

namespace einfall::explore {
namespace {

const std::string kScenarios = EINFALL_SOURCE_DIR "/workloads/scenarios/";

Costed must_cost(const std::string& name, const Settings& settings) {
  Documents documents;
  auto costed = cost_scenario(kScenarios + name, settings, documents);
  if (!costed) FAIL(base::render(costed.error()));
  return std::move(*costed);
}

std::string first_code(const std::string& name, const Settings& settings) {
  Documents documents;
  const auto costed = cost_scenario(kScenarios + name, settings, documents);
  return costed ? "" : costed.error().front().code;
}

TEST_CASE("the parts of every account add up to its total", "[costing]") {
  for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"})
    for (const char* mode : {"corrected", "published"}) {
      INFO(design << " " << mode);
      const Costed run =
          must_cost("fusemax.yaml", {{"design", design}, {"mode", mode}, {"seq_len", "4K"}});
      mappings::Exact cycles = 0;
      for (const mappings::SectionTime& section : run.cost.latency.sections) {
        std::int64_t compute = section.fill_and_drain;
        const bool waits = std::string(mode) == "corrected";
        for (const mappings::PhaseTime& phase : section.phases) {
          compute += phase.cycles;
          for (const mappings::UnitShare& share : phase.units)
            if (waits) CHECK(share.busy + share.wait == phase.cycles);
        }
        CHECK(compute == section.compute);
        CHECK(section.cycles ==
              (waits ? compute : mappings::max(mappings::Exact(compute), section.memory)));
        cycles += section.cycles;
      }
      CHECK(cycles == run.cost.cycles);
      // As printed: whole numbers of the last decimal place.
      const double place = std::pow(10.0, run.cost.energy_decimals);
      std::int64_t sum = 0;
      for (const EnergyLine& line : energy_lines(run)) {
        sum += std::llround(line.joules * place);
        const double exact = line.count * line.picojoules * 1e-12;
        CHECK(std::abs(line.joules - exact) <= 0.5001 / place + 4e-16 * exact);
      }
      CHECK(sum == std::llround(run.energy_j * place));
      mappings::MemoryTraffic dram;
      mappings::Exact sections = 0;
      for (const mappings::SectionTime& section : run.cost.latency.sections)
        sections += section.bytes;
      CHECK(sections == run.cost.memories.front().traffic.bytes());
    }
}

TEST_CASE("the composition of an encoder layer is the sum of its parts", "[costing]") {
  const Costed layer = must_cost("encoder_layer.yaml", {{"seq_len", "1K"}});
  REQUIRE(layer.parts.size() == 7);
  double time = 0;
  double energy = 0;
  for (const auto& [name, part, times] : layer.parts) {
    time += part.time_s;
    energy += part.energy_j;
  }
  CHECK(time == layer.time_s);
  CHECK(energy == layer.energy_j);
}

TEST_CASE("one head of one sequence is set by heads", "[costing]") {
  const Costed one = must_cost("fusemax.yaml", {{"heads", "1"}, {"mode", "published"}});
  const Costed all = must_cost("fusemax.yaml", {{"mode", "published"}});
  CHECK(all.cost.cycles == one.cost.cycles * mappings::Exact(64 * 12));
}

TEST_CASE("quirks are off unless asked for, and each can be asked for alone", "[costing]") {
  const Costed corrected = must_cost("fusemax.yaml", {{"design", "flat"}});
  CHECK(corrected.scenario.quirks.empty());
  const Costed b5 = must_cost("fusemax.yaml", {{"design", "flat"}, {"quirks", "b5"}});
  CHECK(b5.scenario.quirks == std::vector<std::string>{"b5"});
  CHECK(b5.cost.cycles < corrected.cost.cycles);
  CHECK(b5.energy_j == corrected.energy_j);
  const Costed b3 = must_cost("fusemax.yaml", {{"design", "flat"}, {"quirks", "b3"}});
  CHECK(b3.energy_j == corrected.energy_j);
}

TEST_CASE("the software pipeline of the binding reaches the load of its busiest unit",
          "[costing]") {
  const Costed run = must_cost("fusemax.yaml", {{"schedule", "pipelined"}, {"heads", "1"}});
  REQUIRE(run.cost.pipeline);
  CHECK(run.cost.pipeline->timetable.interval == 138);
  CHECK(run.cost.pipeline->timetable.bounds.resource[0] == 137);
}

TEST_CASE("wrong settings are refused with their codes", "[costing]") {
  CHECK(first_code("fusemax.yaml", {{"desing", "flat"}}) == "E951");
  CHECK(first_code("fusemax.yaml", {{"design", "flap"}}) == "E952");
  CHECK(first_code("fusemax.yaml", {{"seq_len", "many"}}) == "E952");
  CHECK(first_code("fusemax.yaml", {{"quirks", "b9"}}) == "E951");
  CHECK(first_code("fusemax.yaml", {{"schedule", "pipelined"}, {"design", "flat"}}) == "E953");
}

TEST_CASE("sizes are read and written with suffixes of 1024", "[costing]") {
  CHECK(parse_size("16K") == 16384);
  CHECK(parse_size("1048576") == 1048576);
  CHECK_FALSE(parse_size("0"));
  CHECK_FALSE(parse_size("12Q"));
  CHECK_FALSE(parse_size("99999999999999999999"));
  CHECK(size_text(16384) == "16K");
  CHECK(size_text(1000) == "1000");
}

}  // namespace
}  // namespace einfall::explore
