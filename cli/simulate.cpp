#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/simulation_json.hpp"
#include "explore/simulation.hpp"
#include "explore/trace.hpp"

namespace einfall::cli {
namespace {

struct Request {
  std::string scenario;
  explore::Settings settings;
  bool step = false;
  std::string trace;
};

Outcome simulate(const Request& request) {
  Outcome outcome;
  explore::Documents documents;
  explore::SimulationOptions options;
  explore::Trace trace;
  if (!request.trace.empty()) options.observer = trace.observer();
  options.execution.fast_forward = !request.step;
  const auto simulated =
      explore::simulate_scenario(request.scenario, request.settings, documents, options);
  if (!simulated) {
    outcome = rejected({}, simulated.error());
    if (simulated.error().front().code == "E960") outcome.exit = Exit::kModel;
    return outcome;
  }
  outcome.text = explore::simulation_text(*simulated);
  outcome.json = simulation_json(*simulated);
  if (request.trace.empty()) return outcome;
  if (!simulated->program)
    return rejected({}, {base::error("E961", {}, "a composition has no trace of its own",
                                     "trace the scenario of one of its parts")});
  outcome.files.push_back({request.trace, trace.json(*simulated->program)});
  outcome.text += fmt::format("\nthe trace in {} holds {}\n", request.trace,
                              trace.full() ? "the first million operations" : "every operation");
  return outcome;
}

}  // namespace

Run declare_simulate(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("SCENARIO", request->scenario, "a scenario document")->required();
  add_text_settings(app, request->settings);
  app.add_flag("--no-skip", request->step,
               "execute every operation, repetitions of a steady state too");
  app.add_option("--trace", request->trace,
                 "write the operations to this file, for Perfetto or chrome://tracing");
  return [request] { return simulate(*request); };
}

}  // namespace einfall::cli
