#include <fmt/format.h>
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <numeric>
#include <random>

#include "explore/functional.hpp"
#include "tests/support/scratch.hpp"

/// Every mapping of the library, on small machines of any proportion and for sizes that divide
/// nothing: both witnesses count the same, no cycle is lost, skipping changes nothing, and the
/// values that flow are the evaluator's.
namespace einfall::explore {
namespace {

namespace fs = std::filesystem;

const std::string kLibrary = EINFALL_SOURCE_DIR "/mappings/library";

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : rng_(seed) {}

  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[std::uniform_int_distribution<std::size_t>(0, choices.size() - 1)(rng_)];
  }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng_);
  }

  std::string machine(const std::string& extends) {
    const auto columns = one_of<std::int64_t>({2, 3, 4, 5, 8, 12});
    return fmt::format(R"(einfall: 1
machine: small
extends: {}
source: a random machine
features:
  units:
    array2d: {{rows: {}, columns: {}, registers: 300, source: chosen}}
    array1d: {{lanes: {}, registers: 512, source: chosen}}
  memories:
    dram: {{bandwidth: {}, source: chosen}}
    buffer: {{capacity: {}, row: {} B, source: chosen}}
implementation:
  units:
    array2d: {{hop_latency: {}, source: chosen}}
  memories:
    dram: {{latency: {} cycles, source: chosen}}
    buffer: {{ports: {{shared: {}}}, latency: {} cycles, source: chosen}}
no_energy: not asked for
)",
                       extends, one_of<std::int64_t>({2, 3, 4, 5, 8, 12}), columns, columns,
                       one_of<std::string>({"1 GB/s", "17 GB/s", "400 GiB/s", "7 TB/s"}),
                       one_of<std::string>({"8 KiB", "64 KiB", "1 MiB"}),
                       one_of<std::int64_t>({8, 16, 64}), between(1, 3),
                       one_of<std::int64_t>({0, 1, 7, 100}), one_of<std::int64_t>({1, 2, 4, 8}),
                       one_of<std::int64_t>({0, 0, 1, 3}));
  }

  // Ranks that are as long as each other in the example stay so; what the cascade cuts into whole
  // pieces is a multiple of them.
  std::map<std::string, std::int64_t> sizes(const std::map<std::string, std::int64_t>& example) {
    std::map<std::string, std::int64_t> out;
    for (const auto& [rank, size] : example) {
      const bool short_rank = rank == "B" || rank == "H" || rank == "HK";
      out[rank] = between(1, short_rank ? 3 : rank == "M" || rank == "P" ? 40 : 13);
      if (size == 1) out[rank] = 1;
    }
    const auto has = [&](const char* rank) { return out.count(rank) != 0; };
    if (has("M") && has("P") && example.at("M") == example.at("P")) out["P"] = out["M"];
    if (has("HK")) out["HQ"] = out["HK"] * between(1, 4);
    if (has("L")) out["N"] = out["L"] * between(1, 5);
    if (has("J")) out["J"] = has("M0") ? between(1, (out["M"] - 1) / out["M0"] + 1) : 1;
    return out;
  }

 private:
  std::mt19937 rng_;
};

std::vector<std::string> library() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(kLibrary))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string scenario_text(const mappings::Mapping& mapping, const std::string& path,
                          const std::map<std::string, std::int64_t>& sizes) {
  std::string list;
  for (const auto& [rank, size] : sizes)
    list += fmt::format("{}{}: {}", list.empty() ? "" : ", ", rank, size);
  return fmt::format(
      "einfall: 1\nscenario: small\ncascade: {}\nmachine: machine.yaml\nmapping: {}\n"
      "sizes: {{{}}}\n",
      mapping.example->cascade, path, list);
}

base::Result<Simulated> simulate(const std::string& scenario, bool skip) {
  Documents documents;
  SimulationOptions options;
  options.execution.fast_forward = skip;
  return simulate_scenario(scenario, {}, documents, options);
}

void check_attribution(const Simulated& run) {
  for (const SimulatedEngine& engine : run.engines) {
    RC_LOG() << engine.name << "\n";
    const auto& stalls = engine.use.stalls;
    RC_ASSERT(std::all_of(stalls.begin(), stalls.end(), [](auto cycles) { return cycles >= 0; }));
    RC_ASSERT(std::accumulate(stalls.begin(), stalls.end(), engine.use.busy) == run.cycles);
  }
}

void check_same(const Simulated& a, const Simulated& b) {
  RC_ASSERT(a.cycles == b.cycles);
  RC_ASSERT(a.words == b.words);
  RC_ASSERT(a.engines.size() == b.engines.size());
  for (std::size_t i = 0; i < a.engines.size(); ++i) {
    RC_LOG() << a.engines[i].name << "\n";
    RC_ASSERT(a.engines[i].use.busy == b.engines[i].use.busy);
    RC_ASSERT(a.engines[i].use.stalls == b.engines[i].use.stalls);
  }
}

void check_values(const Simulated& run) {
  const auto values = run_functional(run, 1);
  if (!values) {
    RC_LOG() << base::render(values.error());
    RC_ASSERT(values.error().front().code == "E962");  // not tile by tile
    return;
  }
  RC_ASSERT(values->cycles == run.cycles);
  RC_ASSERT(values->agrees());
}

// Whether the scenario ran; what is refused, `cost` has to refuse, or it is no scenario.
bool check(const std::string& scenario) {
  auto run = simulate(scenario, true);
  if (!run) {
    RC_LOG() << base::render(run.error());
    RC_ASSERT(run.error().front().code.rfind("E96", 0) != 0);
    return false;
  }
  for (const std::string& difference : run->differences) RC_LOG() << difference << "\n";
  RC_ASSERT(run->differences.empty());
  check_attribution(*run);
  const auto whole = simulate(scenario, false);
  RC_ASSERT(whole.has_value());
  RC_ASSERT(whole->skipped_cycles == 0);
  check_same(*run, *whole);
  check_values(*run);
  return true;
}

TEST_CASE("every mapping runs on small machines of any proportion", "[property][slow]") {
  std::vector<std::pair<std::string, mappings::Mapping>> known;
  for (const std::string& path : library()) {
    const auto mapping = mappings::load_mapping(path);
    REQUIRE(mapping);
    if (mapping->example) known.emplace_back(path, *mapping);
  }
  int tried = 0;
  int ran = 0;
  rc::prop("witnesses agree", [&] {
    Maker make(*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint32_t>()));
    for (int round = 0; round < 8; ++round) {
      const auto& [path, mapping] = make.one_of(known);
      const tests::Scratch scratch;
      const std::string machine = make.machine(mapping.example->machine);
      const std::string text = scenario_text(mapping, path, make.sizes(mapping.example->sizes));
      RC_LOG() << text << machine;
      scratch.write("machine.yaml", machine);
      ++tried;
      ran += check(scratch.write("scenario.yaml", text)) ? 1 : 0;
    }
  });
  CHECK(3 * ran > tried);  // half of them do, give or take what is drawn
}

}  // namespace
}  // namespace einfall::explore
