#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/cost_json.hpp"
#include "cli/settings.hpp"
#include "explore/simulation.hpp"
#include "explore/trace.hpp"

namespace einfall::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Request {
  std::string scenario;
  explore::Settings settings;
  bool step = false;
  std::string trace;
};

Json simulation_json(const explore::Simulated& simulated) {
  Json json;
  json["scenario"] = simulated.costed.scenario.name;
  json["parameters"] = simulated.costed.scenario.parameters;
  json["cycles"] = simulated.cycles;
  json["time_s"] = simulated.time_s;
  json["skipped_cycles"] = simulated.skipped_cycles;
  json["simulated_cycles_per_s"] =
      simulated.wall_s > 0 ? static_cast<double>(simulated.cycles) / simulated.wall_s : 0.0;
  if (simulated.costed.bound) {
    json["analytic_cycles"] = simulated.costed.cost.cycles.value();
    for (const explore::SimulatedEngine& engine : simulated.engines) {
      json["units"][engine.name] = {{"busy", engine.use.busy}};
      if (engine.unit) json["units"][engine.name]["utilization"] = engine.utilization;
      for (std::size_t s = 0; s < sim::kStalls; ++s)
        json["stalls"][engine.name][std::string(sim::name(static_cast<sim::Stall>(s)))] =
            engine.use.stalls[s];
    }
    for (std::size_t m = 0; m < simulated.memories.size(); ++m)
      json["memories"][simulated.costed.machine->memories[m].name] = {
          {"read_bytes", simulated.memories[m].read_bytes.value()},
          {"write_bytes", simulated.memories[m].write_bytes.value()}};
    json["differences"] = simulated.differences;
  }
  for (const explore::SimulatedPart& part : simulated.parts)
    json["parts"][part.name] = simulation_json(part.simulated);
  return json;
}

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
