#include "explore/quirk_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/yaml/path.hpp"

namespace einfall::explore {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

base::Diagnostics collect(const Scenario& scenario, Scenarios& scenarios,
                          std::set<std::string>& visited, std::vector<std::string>& names) {
  for (const Quirk& quirk : scenario.quirks)
    if (!contains(names, quirk.name)) names.push_back(quirk.name);
  for (const Part& part : scenario.parts) {
    const std::string path = beside(scenario.path, part.scenario.value);
    if (!visited.insert(path).second) continue;
    const auto inner = base::yaml::named_at(scenarios.get(path), path, part.scenario.span);
    if (!inner) return inner.error();
    if (auto errors = collect(**inner, scenarios, visited, names); !errors.empty()) return errors;
  }
  return {};
}

}  // namespace

base::Result<std::vector<std::string>> quirk_names(const Scenario& scenario, Scenarios& scenarios) {
  std::set<std::string> visited;
  std::vector<std::string> names;
  if (auto errors = collect(scenario, scenarios, visited, names); !errors.empty())
    return base::failure(std::move(errors));
  return names;
}

base::Diagnostics check_quirks(const Settings& settings, const std::vector<std::string>& known,
                               const std::string& owner, const base::SourceSpan& span) {
  const auto mode = settings.find("mode");
  const auto listed = settings.find("quirks");
  if (mode != settings.end() && mode->second != "corrected" && mode->second != "published")
    return {base::error(
        "E952", span,
        fmt::format("mode is '{}', expected one of: corrected published", mode->second))};
  if (listed == settings.end()) return {};
  if (mode != settings.end())
    return {base::error(
        "E952", span,
        fmt::format("both mode={} and quirks={} are given", mode->second, listed->second),
        "mode switches all quirks on or off, quirks names some: give one of them")};
  if (listed->second == "all" || listed->second == "none") return {};
  base::Diagnostics errors;
  std::set<std::string> seen;
  for (const std::string& name : split(listed->second)) {
    if (!contains(known, name))
      errors.push_back(
          base::error("E951", span, fmt::format("{} has no quirk '{}'", owner, name),
                      fmt::format("there are: {}; or all, or none, alone", fmt::join(known, " "))));
    else if (!seen.insert(name).second)
      errors.push_back(
          base::error("E952", span,
                      fmt::format("quirk '{}' is listed twice in quirks={}", name, listed->second),
                      "name each quirk once"));
  }
  return errors;
}

std::vector<std::string> switched_on(const Settings& settings,
                                     const std::vector<std::string>& known) {
  const auto listed = settings.find("quirks");
  const auto mode = settings.find("mode");
  const bool all = listed != settings.end() ? listed->second == "all"
                                            : mode != settings.end() && mode->second == "published";
  if (all) return known;
  std::vector<std::string> out;
  if (listed == settings.end()) return out;
  const std::vector<std::string> wanted = split(listed->second);
  for (const std::string& name : known)
    if (contains(wanted, name)) out.push_back(name);
  return out;
}

Settings quirk_settings(const Settings& settings, const std::vector<std::string>& known) {
  Settings out;
  if (known.empty()) return out;
  if (const auto mode = settings.find("mode"); mode != settings.end()) out.insert(*mode);
  if (settings.count("quirks") > 0) {
    const std::vector<std::string> on = switched_on(settings, known);
    out["quirks"] = on.empty() ? "none" : fmt::format("{}", fmt::join(on, ","));
  }
  return out;
}

}  // namespace einfall::explore
