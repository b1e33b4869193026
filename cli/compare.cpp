#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/cost_json.hpp"
#include "cli/settings.hpp"
#include "cli/usage.hpp"
#include "explore/cost_report.hpp"

namespace einfall::cli {
namespace {

struct Request {
  std::vector<std::string> scenarios;
  explore::Settings settings;
  std::string parameter;
  std::vector<std::string> values;
};

Outcome compare(const Request& request) {
  Outcome outcome;
  explore::Documents documents;
  std::vector<explore::Costed> all;
  outcome.json["rows"] = nlohmann::ordered_json::array();
  // Without --vary: each scenario once.
  const std::vector<std::string> values =
      request.parameter.empty() ? std::vector<std::string>{""} : request.values;
  for (const std::string& scenario : request.scenarios)
    for (const std::string& value : values) {
      explore::Settings settings = request.settings;
      if (!request.parameter.empty()) settings[request.parameter] = value;
      auto costed = explore::cost_scenario(scenario, settings, documents);
      if (!costed) return rejected({}, costed.error());
      outcome.json["rows"].push_back(cost_json(*costed));
      all.push_back(std::move(*costed));
    }
  outcome.text = explore::comparison_text(all);
  return outcome;
}

void set_varied(Request& request, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw BadOption{"--vary", fmt::format("'{}' is not of the form NAME=VALUE,VALUE...", text), {}};
  request.parameter = text.substr(0, equals);
  std::size_t begin = equals + 1;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    request.values.push_back(text.substr(begin, end - begin));
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
  return [request] { return compare(*request); };
}

}  // namespace einfall::cli
