#include <fmt/format.h>

#include <algorithm>

#include "explore/quirk_selection.hpp"
#include "explore/reproduction.hpp"

namespace einfall::explore {
namespace {

using ScenarioList = std::vector<std::shared_ptr<const Scenario>>;

base::Result<ScenarioList> scenarios_of(const Reproduction& study, Documents& documents) {
  ScenarioList out;
  for (const auto* name : {&study.scenario, &study.end_to_end, &study.sweep}) {
    if (name->value.empty()) continue;
    EINFALL_TRY(auto scenario, scenario_of(study, *name, documents.scenarios()));
    out.push_back(std::move(scenario));
  }
  return out;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool axis(const Reproduction& study, const std::string& name) {
  return contains(study.axes, name) || contains(study.sweep_axes, name);
}

bool of_quirks(const std::string& name) { return name == "mode" || name == "quirks"; }

const Parameter* find(const ScenarioList& scenarios, const std::string& name) {
  for (const auto& scenario : scenarios)
    if (const Parameter* parameter = scenario->find(name)) return parameter;
  return nullptr;
}

base::Diagnostic unknown(const Reproduction& study, const ScenarioList& scenarios,
                         const std::string& name, const base::SourceSpan& span) {
  std::vector<std::string> known{"mode", "quirks"};
  for (const auto& scenario : scenarios)
    for (const Parameter& parameter : scenario->parameters)
      if (!axis(study, parameter.name) && !contains(known, parameter.name))
        known.push_back(parameter.name);
  const std::string close = base::nearest(name, known);
  return base::error(
      "E951", span, fmt::format("no scenario of study '{}' has a parameter '{}'", study.name, name),
      close.empty() ? fmt::format("there are: {}", fmt::join(known, " "))
                    : fmt::format("did you mean '{}'?", close));
}

}  // namespace

base::Diagnostics check_settings(const Reproduction& study, const Settings& settings,
                                 Documents& documents) {
  const base::SourceSpan& whole = study.span;
  const auto scenarios = scenarios_of(study, documents);
  if (!scenarios) return scenarios.error();
  base::Diagnostics errors;
  std::vector<std::string> quirks;
  for (const auto& scenario : *scenarios) {
    const auto names = quirk_names(*scenario, documents.scenarios());
    if (!names) return names.error();
    for (const std::string& name : *names)
      if (!contains(quirks, name)) quirks.push_back(name);
  }
  errors = check_quirks(settings, quirks, fmt::format("study '{}'", study.name), whole);
  for (const auto& [name, value] : settings) {
    if (of_quirks(name)) continue;
    if (axis(study, name))
      errors.push_back(
          base::error("E958", whole,
                      fmt::format("'{}' is an axis of study '{}', which visits all its values",
                                  name, study.name),
                      fmt::format("for one point: einfall cost {} --set {}={}",
                                  scenarios->front()->path, name, value)));
    else if (find(*scenarios, name) == nullptr)
      errors.push_back(unknown(study, *scenarios, name, whole));
  }
  return errors;
}

base::Result<Reproduction> comparable(Reproduction study, const Settings& settings,
                                      Documents& documents, std::vector<std::string>& changed) {
  EINFALL_TRY(const ScenarioList scenarios, scenarios_of(study, documents));
  changed.clear();
  for (const auto& [name, value] : settings) {
    const Parameter* parameter = find(scenarios, name);
    if (!of_quirks(name) && parameter != nullptr && parameter->fallback != value)
      changed.push_back(name);
  }
  if (changed.empty()) return study;
  study.published_points.clear();
  study.published_end_to_end.clear();
  study.published_sweep.clear();
  study.published_area_mm2.clear();
  for (HeadlineSpec& spec : study.headline) {
    spec.paper.reset();
    spec.artifact.reset();
  }
  return study;
}

}  // namespace einfall::explore
