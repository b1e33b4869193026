#include <catch2/catch.hpp>
#include <fstream>

#include "explore/reproduction.hpp"

namespace einfall::explore {
namespace {

const std::string kScenarios = EINFALL_SOURCE_DIR "/workloads/scenarios/";

Reproduction study() {
  auto loaded = load_reproduction(EINFALL_SOURCE_DIR "/workloads/reference/fusemax.yaml");
  if (!loaded) FAIL(base::render(loaded.error()));
  return std::move(*loaded);
}

std::string code_of(const Settings& settings) {
  Documents documents;
  const auto errors = check_settings(study(), settings, documents);
  return errors.empty() ? "" : errors.front().code;
}

TEST_CASE("every quirk alone is a setting of the study", "[reproduction]") {
  Documents documents;
  const auto scenario = documents.scenarios().get(kScenarios + "fusemax.yaml");
  REQUIRE(scenario);
  for (const Quirk& quirk : (*scenario)->quirks) CHECK(code_of({{"quirks", quirk.name}}).empty());
  CHECK(code_of({{"quirks", "b9"}}) == "E951");
  CHECK(code_of({{"quirks", "b1,b1"}}) == "E952");
  CHECK(code_of({{"quirks", "b1"}, {"mode", "published"}}) == "E952");
}

TEST_CASE("a setting that a study varies itself is E958", "[reproduction]") {
  CHECK(code_of({{"design", "flat"}}) == "E958");
  CHECK(code_of({{"side", "16"}}) == "E958");
  CHECK(code_of({{"bogus", "1"}}) == "E951");
}

TEST_CASE("published values are not shown beside another batch", "[reproduction]") {
  Documents documents;
  std::vector<std::string> changed;
  const auto other = comparable(study(), {{"heads", "1"}}, documents, changed);
  REQUIRE(other);
  CHECK(changed == std::vector<std::string>{"heads"});
  CHECK(other->published_points.empty());
  const auto same = comparable(study(), {{"mode", "published"}}, documents, changed);
  REQUIRE(same);
  CHECK_FALSE(same->published_points.empty());
}

TEST_CASE("quirks of phases are set aside in a pipeline", "[costing]") {
  Documents documents;
  const auto piped = cost_scenario(kScenarios + "fusemax.yaml",
                                   {{"quirks", "b1,phases"}, {"schedule", "pipelined"}}, documents);
  REQUIRE(piped);
  CHECK(piped->scenario.quirks == std::vector<std::string>{"b1"});
  CHECK(piped->scenario.idle_quirks == std::vector<std::string>{"phases"});
}

TEST_CASE("a quirk that reads a tensor again is set aside where the buffer does not hold it",
          "[costing]") {
  Documents documents;
  for (const char* design : {"unfused", "flat"}) {
    INFO(design);
    Settings settings{{"quirks", "b4"}, {"design", design}, {"seq_len", "1M"}};
    const auto alone = cost_scenario(kScenarios + "fusemax.yaml", settings, documents);
    REQUIRE(alone);
    CHECK(alone->scenario.quirks.empty());
    CHECK(alone->scenario.idle_quirks == std::vector<std::string>{"b4"});
    // In what the published model keeps there it is.
    settings["quirks"] = "b4,capacity";
    const auto both = cost_scenario(kScenarios + "fusemax.yaml", settings, documents);
    REQUIRE(both);
    CHECK(both->scenario.quirks == std::vector<std::string>{"b4", "capacity"});
    CHECK(both->scenario.idle_quirks.empty());
  }
}

TEST_CASE("a scenario of one's own on the machine of the study has none of its quirks",
          "[costing]") {
  const std::string root = EINFALL_SOURCE_DIR;
  const std::string own = EINFALL_BINARY_DIR "/own_scenario.yaml";
  std::ofstream(own) << "einfall: 1\nscenario: own\ncascade: " << root
                     << "/workloads/cascades/attn_1pass.yaml\nmachine: " << root
                     << "/arch/specs/fusemax-cloud.yaml\nmapping: " << root
                     << "/mappings/library/binding.yaml\n"
                        "sizes: {B: 1, H: 12, E: 64, F: 64, M: 4K, P: 4K}\n";
  Documents documents;
  const auto mine = cost_scenario(own, {}, documents);
  if (!mine) FAIL(base::render(mine.error()));
  const auto of_study =
      cost_scenario(kScenarios + "fusemax.yaml", {{"heads", "12"}, {"seq_len", "4K"}}, documents);
  REQUIRE(of_study);
  CHECK(mine->time_s == of_study->time_s);
  CHECK(mine->energy_j == of_study->energy_j);
  CHECK(mine->dram_bytes == of_study->dram_bytes);
}

TEST_CASE("end to end the published ratios are those to the first design", "[reproduction]") {
  const auto point = [](const char* design) {
    PointResult out;
    out.keys = {{"model", "BERT"}, {"seq_len", "1K"}, {"design", design}};
    return out;
  };
  const std::vector<PointResult> points{point("unfused"), point("flat"), point("binding")};
  const auto rows = relative_to_first(study().published_end_to_end, points);
  // Fig. 10: the binding is 3.08 times as fast as unfused and 2.19 times as FLAT.
  CHECK(published(rows, points[2], "speedup")->text == "3.08");
  CHECK(published(rows, points[1], "speedup")->value == Approx(3.08 / 2.19));
  CHECK(published(rows, points[1], "speedup")->text == "1.41");
  CHECK_FALSE(published(rows, points[0], "speedup"));
  CHECK(published_at(rows, points[1]).at("energy_ratio").text == "0.989");
  CHECK(study().published_area_mm2.at("flat").text == "1391.8");
}

TEST_CASE("FLAT has no mapping for lengths outside of the study", "[costing]") {
  Documents documents;
  const auto costed = cost_scenario(kScenarios + "fusemax.yaml",
                                    {{"design", "flat"}, {"seq_len", "5000"}}, documents);
  REQUIRE_FALSE(costed);
  CHECK(costed.error().front().code == "E953");
}

}  // namespace
}  // namespace einfall::explore
