#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "explore/reproduction_report.hpp"
#include "tests/explore/simulated.hpp"
#include "tests/explore/study.hpp"

/// The table of a study with every point simulated: its cells are those of `simulate`, `cost` and
/// `cost --set mode=published`, and the parts of a difference are all of it.
namespace einfall::explore {
namespace {

using mappings::Exact;
using tests::kScenario;
using tests::kStudy;
using tests::must;
using tests::must_simulate;

// The points alone: layers and the sweep are not simulated.
const ReproductionResult& simulated_study() {
  static const ReproductionResult kResult = [] {
    Reproduction study = must(load_reproduction(kStudy));
    study.end_to_end = {};
    study.sweep = {};
    std::erase_if(study.headline, [](const HeadlineSpec& spec) { return spec.of != "points"; });
    Documents documents;
    return must(reproduce(study, {}, documents, {true}));
  }();
  return kResult;
}

Settings settings_of(const PointResult& point) {
  Settings settings(point.keys.begin(), point.keys.end());
  const std::string design = point.key("design");
  if (design != "pipelined" && design != "chained") return settings;
  settings["design"] = "binding";
  settings["schedule"] = design;
  return settings;
}

std::vector<const PointResult*> all_points() {
  std::vector<const PointResult*> all;
  for (const auto* list : {&simulated_study().points, &simulated_study().predictions})
    for (const PointResult& point : *list) all.push_back(&point);
  return all;
}

}  // namespace

TEST_CASE("every point and prediction of a study is simulated, and its parts add up exactly",
          "[reproduction][simulation]") {
  CHECK(simulated_study().points.size() == 4 * 6 * 5);
  CHECK(simulated_study().predictions.size() == 4 * 6 * 2);
  for (const PointResult* point : all_points()) {
    INFO(point->key("model") << " " << point->key("seq_len") << " " << point->key("design"));
    REQUIRE(point->simulated.has_value());
    const SimulatedPoint& run = *point->simulated;
    REQUIRE(run.published.has_value());
    Exact sum = 0;
    for (const auto& [name, cycles] : (run.simulated - *run.published).parts()) sum += cycles;
    CHECK(sum == run.simulated.sum() - run.published->sum());
    CHECK_FALSE(sum.overflowed());
    // A simulated part is time, and its sum whole cycles.
    for (const auto& [name, cycles] : run.simulated.parts()) CHECK_FALSE(cycles < Exact(0));
    CHECK(run.simulated.sum().is_whole());
    CHECK(run.simulated.busy == run.analytic.busy);
  }
}

TEST_CASE("the cells of the table are those of the scenarios one by one",
          "[reproduction][simulation]") {
  Documents documents;
  for (const PointResult* point : all_points()) {
    // Every design at two lengths of each model; all of them take as long as the table.
    const std::string length = point->key("seq_len");
    if (length != (point->key("model") == "BERT" ? "1K" : "16K") && length != "64K") continue;
    Settings settings = settings_of(*point);
    INFO(point->key("model") << " " << length << " " << point->key("design"));
    const SimulatedPoint& run = *point->simulated;
    const Simulated alone = must_simulate("fusemax.yaml", settings, true);
    CHECK(run.simulated.sum() == Exact(alone.cycles));
    CHECK(run.latency_s == alone.time_s);
    CHECK(run.unit == alone.engines[alone.slowest].name);
    CHECK(run.analytic.sum() == alone.costed.cost.cycles);
    // The published model has no pipeline and no chain: a prediction stands beside its design.
    settings["mode"] = "published";
    settings.erase("schedule");
    CHECK(run.published->sum() == must(cost_scenario(kScenario, settings, documents)).cost.cycles);
  }
}

TEST_CASE("chained heads leave of FuseMax's binding what the published model says",
          "[reproduction][simulation]") {
  for (const PointResult& point : simulated_study().predictions) {
    if (point.key("design") != "chained") continue;
    INFO(point.key("model") << " " << point.key("seq_len"));
    const double ratio = *point.quantity("simulated_over_published");
    CHECK(ratio >= 1);
    // The first fill and the last drain are all that is left; XLM has the fewest heads.
    CHECK(ratio < (point.key("seq_len") == "1K" ? 1.01 : 1.002));
  }
}

TEST_CASE("reproduce simulates when asked to", "[reproduction][simulation]") {
  const Reproduction study = must(load_reproduction(kStudy));
  const std::string text = simulated_text(study, simulated_study());
  for (const char* table :
       {"\nSimulated cycles\n", "\nSimulated beyond the published model, percent of its cycles\n",
        "\nPredictions step by step, percent of simulated cycles\n"})
    CHECK(text.find(table) != std::string::npos);
  ReproductionResult plain = simulated_study();
  for (auto* list : {&plain.points, &plain.predictions})
    for (PointResult& point : *list) point.simulated.reset();
  CHECK(simulated_text(study, plain).empty());
  const auto drawn = [&](const ReproductionResult& result) {
    std::set<std::string> files;
    for (const Plot& plot : plots(study, result)) files.insert(plot.file);
    return files.count("simulated_over_published.svg") > 0;
  };
  CHECK(drawn(simulated_study()));
  CHECK_FALSE(drawn(plain));
}

TEST_CASE("quirks of the published model are not simulated", "[reproduction][simulation]") {
  Documents documents;
  ReproductionOptions options;
  options.simulate = true;
  const auto result =
      reproduce(must(load_reproduction(kStudy)), {{"mode", "published"}}, documents, options);
  REQUIRE_FALSE(result);
  CHECK(result.error().front().code == "E959");
}

}  // namespace einfall::explore
