#include <catch2/catch.hpp>

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

TEST_CASE("FLAT has no mapping for lengths outside of the study", "[costing]") {
  Documents documents;
  const auto costed = cost_scenario(kScenarios + "fusemax.yaml",
                                    {{"design", "flat"}, {"seq_len", "5000"}}, documents);
  REQUIRE_FALSE(costed);
  CHECK(costed.error().front().code == "E953");
}

}  // namespace
}  // namespace einfall::explore
