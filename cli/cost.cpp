#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/cost_json.hpp"
#include "cli/settings.hpp"
#include "explore/cost_report.hpp"
#include "explore/cost_warnings.hpp"

namespace einfall::cli {
namespace {

struct Request {
  std::string scenario;
  explore::Settings settings;
};

Outcome cost(const Request& request) {
  Outcome outcome;
  explore::Documents documents;
  const auto costed = explore::cost_scenario(request.scenario, request.settings, documents);
  if (!costed) return rejected({}, costed.error());
  outcome.diagnostics = explore::warnings_of(*costed);
  outcome.text = explore::cost_text(*costed);
  outcome.json = cost_json(*costed);
  return outcome;
}

}  // namespace

Run declare_cost(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("SCENARIO", request->scenario, "a scenario document")->required();
  add_text_settings(app, request->settings);
  return [request] { return cost(*request); };
}

}  // namespace einfall::cli
