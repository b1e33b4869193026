#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "base/yaml/node.hpp"
#include "tests/explore/study.hpp"
#include "tests/validation/fusemax_forms.hpp"

namespace einfall::explore {
namespace {

using tests::kScenario;
using tests::kStudy;
using tests::must;
using tests::fusemax::form;

// Evaluated once for all cases of this file.
const ReproductionResult& published_run() {
  static const ReproductionResult kRun = [] {
    Documents documents;
    return must(reproduce(must(load_reproduction(kStudy)), {{"mode", "published"}}, documents));
  }();
  return kRun;
}

const PointResult& point_at(const std::vector<PointResult>& points, const Keys& keys) {
  for (const PointResult& point : points) {
    bool same = true;
    for (const auto& [axis, value] : keys) same = same && point.key(axis) == value;
    if (same) return point;
  }
  FAIL("no such point");
  return points.front();
}

double relative(double value, double expected) { return std::abs(value / expected - 1); }

// Half a unit of the last digit of a printed number.
double half_digit(const std::string& printed) {
  const std::size_t e = printed.find_first_of("eE");
  const std::string mantissa = printed.substr(0, e);
  const double exponent = e == std::string::npos ? 0 : std::stod(printed.substr(e + 1));
  const std::size_t dot = mantissa.find('.');
  const double decimals =
      dot == std::string::npos ? 0 : static_cast<double>(mantissa.size() - dot - 1);
  return 0.5 * std::pow(10.0, exponent - decimals) * 1.0001;
}

// Calls `check(keys, quantity, value of the last axis, printed)` for every published number.
template <class Check>
void for_each_published(const std::string& table, const Check& check) {
  const base::yaml::Node root = must(base::yaml::load(kStudy));
  const base::yaml::Node* rows = root.find("published")->find(table);
  REQUIRE(rows != nullptr);
  for (const base::yaml::Node& row : rows->items) {
    Keys keys;
    for (const auto& entry : row.entries)
      if (entry.key.text == "model" || entry.key.text == "seq_len" || entry.key.text == "side")
        keys.emplace_back(entry.key.text, entry.value.text);
    for (const auto& entry : row.entries) {
      const bool key = std::any_of(keys.begin(), keys.end(),
                                   [&](const auto& k) { return k.first == entry.key.text; });
      if (key) continue;
      if (entry.value.is_map())
        for (const auto& one : entry.value.entries)
          check(keys, entry.key.text, one.key.text, one.value.text);
      else
        check(keys, entry.key.text, std::string(), entry.value.text);
    }
  }
}

TEST_CASE("latency, utilization and traffic of four designs follow the closed forms at 24 points",
          "[fusemax]") {
  std::size_t checked = 0;
  for (const PointResult& point : published_run().points) {
    const std::string& design = point.key("design");
    if (design == "unfused") continue;
    INFO(design << " " << point.key("model") << " " << point.key("seq_len"));
    const auto length = static_cast<double>(*parse_size(point.key("seq_len")));
    const auto expected = form(design, point.key("model"), length);
    CHECK(relative(point.latency_s, expected.latency_s) < 1e-6);
    CHECK(relative(point.traffic_bytes, expected.traffic_bytes) < 1e-6);
    CHECK(relative(*point.quantity("util_2d"), expected.util_2d) < 1e-6);
    CHECK(relative(*point.quantity("util_1d"), expected.util_1d) < 1e-6);
    ++checked;
  }
  CHECK(checked == 4 * 24);
}

TEST_CASE("the published tables come out to their last digit, unfused latency within 0.5 percent",
          "[fusemax]") {
  for_each_published("points", [](Keys keys, const std::string& quantity, const std::string& design,
                                  const std::string& printed) {
    if (quantity == "speedup" || quantity == "energy_ratio" || quantity == "energy_j") return;
    keys.emplace_back("design", design);
    INFO(keys[0].second << " " << keys[1].second << " " << design << " " << quantity);
    const double value = *point_at(published_run().points, keys).quantity(quantity);
    if (design == "unfused")
      CHECK(relative(value, std::stod(printed)) < 5e-3);
    else
      CHECK(std::abs(value - std::stod(printed)) <= half_digit(printed));
  });
}

TEST_CASE("published energies come out within 1 percent, the exactly counted ones within 0.1",
          "[fusemax]") {
  for_each_published("points", [](Keys keys, const std::string& quantity, const std::string& design,
                                  const std::string& printed) {
    if (quantity != "energy_j" && quantity != "energy_ratio") return;
    keys.emplace_back("design", design);
    INFO(keys[0].second << " " << keys[1].second << " " << design << " " << quantity);
    const std::string& length = keys[1].second;
    const bool exact =
        quantity == "energy_j" &&
        ((design == "binding" && length != "256K" && length != "1M") ||
         (design == "flat" && (length == "1K" || length == "4K" || length == "16K")));
    const double value = *point_at(published_run().points, keys).quantity(quantity);
    CHECK(relative(value, std::stod(printed)) < (exact ? 1e-3 : 1e-2));
  });
}

TEST_CASE("the energy of the binding follows its closed form for every model", "[fusemax]") {
  for (const PointResult& point : published_run().points) {
    const std::string& length = point.key("seq_len");
    if (point.key("design") != "binding" || length == "256K" || length == "1M") continue;
    INFO(point.key("model") << " " << length);
    const double expected =
        tests::fusemax::fused_energy(point.key("model"), static_cast<double>(*parse_size(length)));
    CHECK(relative(point.energy_j, expected) < 1e-3);
  }
}

TEST_CASE("end-to-end ratios come out to the printed digits", "[fusemax]") {
  for_each_published("end_to_end", [](const Keys& keys, const std::string& quantity,
                                      const std::string& design, const std::string& printed) {
    Keys base = keys;
    base.emplace_back("design", design);
    Keys last = keys;
    last.emplace_back("design", "binding");
    const PointResult& above = point_at(published_run().end_to_end, base);
    const PointResult& below = point_at(published_run().end_to_end, last);
    INFO(keys[0].second << " " << keys[1].second << " " << design << " " << quantity);
    if (quantity == "speedup_of_last") {
      // Unfused latencies are reproduced to 0.5 percent only.
      const double slack = design == "unfused" ? 5e-3 * std::stod(printed) : 0;
      CHECK(std::abs(above.latency_s / below.latency_s - std::stod(printed)) <=
            half_digit(printed) + slack);
    } else {
      CHECK(relative(below.energy_j / above.energy_j, std::stod(printed)) < 1e-2);
    }
  });
}

TEST_CASE("linear layers take the published time, energy and traffic", "[fusemax]") {
  struct Expected {
    const char* model;
    double ms, flat_j, fusemax_j, flat_gb, fusemax_gb;
  };
  const Expected table[] = {{"BERT", 7.52967, 8.405, 8.224, 1.826, 1.826},
                            {"TrXL", 13.38608, 14.90, 14.58, 2.441, 2.441},
                            {"T5", 3.48590, 3.759, 3.674, 1.214, 1.214},
                            {"XLM", 53.54431, 59.53, 58.44, 7.550, 10.234}};
  for (const Expected& row : table)
    for (const bool fusemax : {false, true}) {
      const std::string design = fusemax ? "binding" : "flat";
      const Keys keys{{"model", row.model}, {"seq_len", "1K"}, {"design", design}};
      const PointResult& layer = point_at(published_run().end_to_end, keys);
      const PointResult& attention = point_at(published_run().points, keys);
      INFO(row.model << " " << design);
      CHECK(std::abs((layer.latency_s - attention.latency_s) * 1e3 - row.ms) < 5.1e-6);
      CHECK(std::abs((layer.traffic_bytes - attention.traffic_bytes) * 1e-9 -
                     (fusemax ? row.fusemax_gb : row.flat_gb)) < 5.1e-4);
      CHECK(relative(layer.energy_j - attention.energy_j, fusemax ? row.fusemax_j : row.flat_j) <
            1e-2);
    }
}

TEST_CASE("the area sweep and the areas come out to the printed digits", "[fusemax]") {
  std::size_t compared = 0;
  for_each_published("sweep", [&](const Keys& keys, const std::string& quantity, const std::string&,
                                  const std::string& printed) {
    INFO(keys[0].second << " " << keys[1].second << " " << quantity);
    const double value = *point_at(published_run().sweep, keys).quantity(quantity);
    CHECK(std::abs(value - std::stod(printed)) <= half_digit(printed));
    ++compared;
  });
  // Of 24 points latency and buffer, of half of them area.
  REQUIRE(compared == 2 * 24 + 12);
  REQUIRE(published_run().area_mm2.size() == 5);
  const std::map<std::string, double> areas(published_run().area_mm2.begin(),
                                            published_run().area_mm2.end());
  CHECK(std::abs(areas.at("flat") - 1391.8) < 0.05);
  CHECK(std::abs(areas.at("binding") - 1302.95) < 0.005);
}

TEST_CASE("headline means come out within 0.3 percent", "[fusemax]") {
  REQUIRE(published_run().headline.size() == 8);
  for (const HeadlineResult& line : published_run().headline) {
    INFO(line.spec.name);
    REQUIRE(line.spec.artifact);
    CHECK(relative(line.arithmetic, line.spec.artifact->value) < 3e-3);
  }
}

TEST_CASE("cost in published mode equals the reproduction point for point", "[fusemax]") {
  Documents documents;
  for (const PointResult& point : published_run().points) {
    Settings settings(point.keys.begin(), point.keys.end());
    settings["mode"] = "published";
    const Costed costed = must(cost_scenario(kScenario, settings, documents));
    CHECK(costed.time_s == point.latency_s);
    CHECK(costed.energy_j == point.energy_j);
    CHECK(costed.dram_bytes == point.traffic_bytes);
  }
}

}  // namespace
}  // namespace einfall::explore
