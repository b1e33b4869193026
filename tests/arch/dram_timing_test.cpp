#include "arch/dram_timing.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "arch/machine.hpp"

namespace einfall::arch {
namespace {

const std::string kSpecs = std::string(EINFALL_SOURCE_DIR) + "/arch/specs/";

DramTiming load(const std::string& name) {
  auto timing = load_dram_timing(kSpecs + "dram/" + name + ".yaml");
  if (!timing) FAIL(base::render(timing.error()));
  return std::move(*timing);
}

}  // namespace

TEST_CASE("every DRAM table that ships is read, with a source for each number", "[dram]") {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSpecs + "dram")) {
    const DramTiming timing = load(entry.path().stem().string());
    INFO(timing.name);
    CHECK(timing.name == entry.path().stem().string());
    CHECK(timing.sources.size() == 21);
    for (const DramSource& source : timing.sources) CHECK_FALSE(source.source.empty());
    CHECK_FALSE(timing.organization.source.empty());
    ++seen;
  }
  CHECK(seen == 3);
}

TEST_CASE("a DRAM's peak and its bursts follow from its organization", "[dram]") {
  const DramTiming hbm2 = load("hbm2-8x128-2000");
  CHECK(hbm2.peak() == base::BytesPerSecond(256'000'000'000));
  CHECK(hbm2.organization.burst_bytes() == 64);
  CHECK(hbm2.organization.burst_clocks() == 2);
  CHECK(hbm2.organization.bursts_of_a_row() == 32);
  CHECK(load("hbm2-16x128-1600").peak() == base::BytesPerSecond(409'600'000'000));
  CHECK(load("lpddr4-8x16-3200").peak() == base::BytesPerSecond(51'200'000'000));
}

TEST_CASE("a machine's memory carries the timing table it names, an extended one's too", "[dram]") {
  const auto timing = [](const std::string& machine, const std::string& memory) {
    const auto loaded = load_machine(kSpecs + machine + ".yaml");
    if (!loaded) FAIL(base::render(loaded.error()));
    return loaded->find_memory(memory)->timing;
  };
  REQUIRE(timing("fusemax-cloud", "dram"));
  CHECK(timing("fusemax-cloud", "dram")->name == "hbm2-16x128-1600");
  CHECK(timing("flat-cloud", "dram")->name == "hbm2-16x128-1600");
  CHECK(timing("fusemax-edge", "dram")->name == "lpddr4-8x16-3200");
  CHECK_FALSE(timing("fusemax-cloud", "buffer"));
}

}  // namespace einfall::arch
