#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/cost_json.hpp"
#include "cli/settings.hpp"
#include "cli/simulation_json.hpp"
#include "cli/usage.hpp"
#include "explore/comparison.hpp"

namespace einfall::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Request {
  std::vector<std::string> scenarios;
  explore::Settings settings;
  std::string parameter;
  std::vector<std::string> values;
  bool counts = false;
};

Json row(const char* witness, const Json& fields) {
  Json json;
  json["witness"] = witness;
  json.update(fields);
  return json;
}

Json optional_number(const std::optional<mappings::Exact>& value) {
  return value ? number(*value) : Json();
}

// One entry for a scenario, or for each part of a composition.
void add_differences(const explore::Simulated& simulated, const std::string& part, Json& list) {
  for (const explore::SimulatedPart& each : simulated.parts)
    add_differences(each.simulated, part.empty() ? each.name : part + "." + each.name, list);
  if (!simulated.parts.empty()) return;
  const explore::Attribution time = explore::attribution(simulated);
  Json entry;
  entry["scenario"] = simulated.costed.scenario.name;
  entry["parameters"] = simulated.costed.scenario.parameters;
  entry["part"] = part.empty() ? Json() : Json(part);
  entry["simulated_cycles"] = simulated.cycles;
  entry["analytic_cycles"] = number(simulated.costed.cost.cycles);
  entry["excess_cycles"] = number(time.excess);
  entry["unit"] = time.unit;
  for (const explore::TimeLine& line : time.lines)
    entry["cycles"][line.what] = {{"simulated", optional_number(line.simulated)},
                                  {"analytic", optional_number(line.analytic)},
                                  {"detail", line.detail}};
  for (const explore::SimulatedCount& count : simulated.counts)
    entry["counts"].push_back({{"what", count.what},
                               {"simulated", number(count.simulated)},
                               {"analytic", number(count.analytic)}});
  list.push_back(std::move(entry));
}

// What the simulator does not execute is no mistake of who asks for a comparison; a deadlock is
// one of the mapping.
void add_refusal(const explore::Compared& compared, Outcome& outcome) {
  Json refused = Json::object();
  refused["scenario"] = compared.costed.scenario.name;
  refused["parameters"] = compared.costed.scenario.parameters;
  refused["error"] = compared.refused.front().code;
  outcome.json["rows"].push_back(row("simulator", refused));
  for (base::Diagnostic diagnostic : compared.refused) {
    if (diagnostic.code == "E960")
      outcome.exit = Exit::kModel;
    else
      diagnostic.severity = base::Severity::kNote;
    outcome.diagnostics.push_back(std::move(diagnostic));
  }
}

Outcome compare(const Request& request) {
  Outcome outcome;
  explore::Documents documents;
  std::vector<explore::Compared> all;
  outcome.json["rows"] = Json::array();
  outcome.json["differences"] = Json::array();
  // Without --vary: each scenario once.
  const std::vector<std::string> values =
      request.parameter.empty() ? std::vector<std::string>{""} : request.values;
  for (const std::string& scenario : request.scenarios)
    for (const std::string& value : values) {
      explore::Settings settings = request.settings;
      if (!request.parameter.empty()) settings[request.parameter] = value;
      auto compared = explore::compare_witnesses(scenario, settings, documents);
      if (!compared) return rejected({}, compared.error());
      outcome.json["rows"].push_back(row("analytic", cost_json(compared->costed)));
      if (compared->simulated) {
        outcome.json["rows"].push_back(row("simulator", simulation_json(*compared->simulated)));
        add_differences(*compared->simulated, "", outcome.json["differences"]);
        if (explore::miscounted(*compared->simulated)) outcome.exit = Exit::kModel;
      } else {
        add_refusal(*compared, outcome);
      }
      all.push_back(std::move(*compared));
    }
  outcome.text = explore::comparison_text(all, request.counts);
  return outcome;
}

// Sizes may be written in several ways, 1K and 1024.
std::string canonical(const std::string& value) {
  const auto size = explore::parse_size(value);
  return size ? explore::size_text(*size) : value;
}

void set_varied(Request& request, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw BadOption{"--vary", fmt::format("'{}' is not of the form NAME=VALUE,VALUE...", text), {}};
  request.parameter = text.substr(0, equals);
  std::map<std::string, std::string> given;  // as written, by what is meant
  std::size_t begin = equals + 1;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string value = text.substr(begin, end - begin);
    const auto [before, added] = given.emplace(canonical(value), value);
    if (!added)
      throw BadOption{
          "--vary",
          fmt::format(
              "{} is given the value '{}' twice{}", request.parameter, value,
              before->second == value ? "" : fmt::format(", as '{}' before", before->second)),
          "each value is one row"};
    request.values.push_back(value);
    begin = end + 1;
  }
}

}  // namespace

Run declare_compare(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("SCENARIO", request->scenarios, "scenario documents")->required();
  add_text_settings(app, request->settings);
  app.add_option_function<std::string>(
         "--vary", [request](const std::string& text) { set_varied(*request, text); },
         "one row for each value of a parameter")
      ->type_name("NAME=VALUE,...");
  app.add_flag("--counts", request->counts,
               "list everything that both witnesses count, equal or not");
  return [request] { return compare(*request); };
}

}  // namespace einfall::cli
