#include "explore/quirks_page.hpp"

#include <fmt/format.h>

#include <cmath>

namespace einfall::explore {
namespace {

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

// "-20.8 %"; "< 0.01 %" for a change that would round to nothing, "none" for no change at all.
std::string change(double with, double without) {
  const double percent = 100 * (with / without - 1);
  if (std::abs(percent) >= 0.005) return fmt::format("{:+.2f} %", percent);
  return with == without ? "none" : "< 0.01 %";
}

std::string heading(const Reproduction& study) {
  return fmt::format(
      "# Quirks of the published model\n\nThis page is generated from the scenario of the study "
      "`{0}`; `EINFALL_UPDATE_GOLDEN=1` and the tests labelled `explore` rewrite it.\n\nA quirk is "
      "an assumption of the published model that the corrected model does not share. `--set "
      "mode=published` switches all of them on, `--set quirks=NAME,NAME` some. None is on unless "
      "asked for.\n\n",
      study.name);
}

std::string table_of_quirks(const Scenario& scenario) {
  std::string out =
      "## What they are\n\n| quirk | published | corrected | acts on | where |\n"
      "|---|---|---|---|---|\n";
  for (const Quirk& quirk : scenario.quirks)
    out += fmt::format("| `{}` {} | {} | {} | {} | {} |\n", quirk.name, cell(quirk.title),
                       cell(quirk.published), cell(quirk.corrected), cell(quirk.acts_on),
                       cell(quirk.scope));
  return out;
}

// Mean over the points of one value of the last axis of quantity(with) / quantity(without).
double mean_ratio(const ReproductionResult& with, const ReproductionResult& without,
                  const std::string& value, const std::string& quantity) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < with.points.size(); ++i) {
    if (with.points[i].keys.back().second != value) continue;
    sum += with.points[i].quantity(quantity).value_or(0) /
           without.points[i].quantity(quantity).value_or(1);
    count += 1;
  }
  return count > 0 ? sum / count : 1;
}

bool differs(const ReproductionResult& with, const ReproductionResult& without,
             const std::string& value, const std::string& quantity) {
  for (std::size_t i = 0; i < with.points.size(); ++i)
    if (with.points[i].keys.back().second == value &&
        with.points[i].quantity(quantity) != without.points[i].quantity(quantity))
      return true;
  return false;
}

// One row: latency, energy and traffic of each value of the last axis, where they change.
std::string row_of_changes(const ReproductionResult& with, const ReproductionResult& without,
                           const std::string& name) {
  std::string out = fmt::format("| `{}` |", name);
  std::vector<std::string> values;
  for (const auto& area : without.area_mm2) values.push_back(area.first);
  for (const std::string& value : values) {
    std::string changes;
    for (const auto& [quantity, title] :
         {std::pair{"latency_s", "time"}, {"energy_j", "energy"}, {"traffic_bytes", "DRAM"}}) {
      if (!differs(with, without, value, quantity)) continue;
      const std::string text = change(mean_ratio(with, without, value, quantity), 1);
      changes += fmt::format("{}{} {}", changes.empty() ? "" : ", ", title,
                             text == "none" ? "< 0.01 %" : text);
    }
    out += " " + changes + " |";
  }
  return out + "\n";
}

}  // namespace

base::Result<std::string> quirks_page(const Reproduction& study, Documents& documents) {
  Reproduction points = study;  // attention only
  points.end_to_end = {};
  points.sweep = {};
  points.predictions.clear();
  std::erase_if(points.headline, [](const HeadlineSpec& spec) { return spec.of != "points"; });
  EINFALL_TRY(const auto scenario, scenario_of(study, study.scenario, documents.scenarios()));
  EINFALL_TRY(const ReproductionResult corrected,
              reproduce(points, {{"mode", "corrected"}}, documents));
  EINFALL_TRY(const ReproductionResult published,
              reproduce(points, {{"mode", "published"}}, documents));
  std::string out = heading(study) + table_of_quirks(*scenario) + "\n## What they change\n\n";
  out +=
      "Means over all points. A row: the change of the corrected mean when this quirk alone is "
      "on. \"none\": not a digit changes; \"< 0.01 %\": the mean changes, by less than 0.005 % "
      "up or down.\n\n| quirk |";
  std::string line = "|---|";
  for (const HeadlineSpec& spec : points.headline) {
    out += " " + spec.name + " |";
    line += "---|";
  }
  out += "\n" + line + "\n";
  const auto values = [&](const std::string& name, const ReproductionResult& result) {
    out += "| " + name + " |";
    for (const HeadlineResult& mean : result.headline)
      out += fmt::format(" {:.4f} |", mean.arithmetic);
    out += "\n";
  };
  values("none: corrected", corrected);
  std::string designs = fmt::format(
      "\n## What they change by {0}\n\nMean change of latency, energy and DRAM traffic of each "
      "{0} when a quirk alone is on. What is not named does not change at any point; \"< 0.01 %\" "
      "is a change at some point by which the mean moves less than 0.005 %.\n\n| quirk |",
      study.axes.back());
  std::string rule = "|---|";
  for (const auto& area : corrected.area_mm2) {
    designs += " " + area.first + " |";
    rule += "---|";
  }
  designs += "\n" + rule + "\n";
  for (const Quirk& quirk : scenario->quirks) {
    EINFALL_TRY(const ReproductionResult alone,
                reproduce(points, {{"quirks", quirk.name}}, documents));
    out += fmt::format("| `{}` |", quirk.name);
    for (std::size_t i = 0; i < alone.headline.size(); ++i)
      out += " " + change(alone.headline[i].arithmetic, corrected.headline[i].arithmetic) + " |";
    out += "\n";
    designs += row_of_changes(alone, corrected, quirk.name);
  }
  values("all: published", published);
  return out + designs + row_of_changes(published, corrected, "all");
}

}  // namespace einfall::explore
