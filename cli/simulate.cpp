#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/settings.hpp"
#include "cli/simulation_json.hpp"
#include "cli/usage.hpp"
#include "explore/epochs.hpp"
#include "explore/functional.hpp"
#include "explore/progress.hpp"
#include "explore/simulation.hpp"
#include "explore/trace.hpp"
#include "explore/vcd.hpp"

namespace einfall::cli {
namespace {

struct Request {
  std::string scenario;
  explore::Settings settings;
  bool step = false;
  bool functional = false;
  std::uint64_t seed = 1;
  bool banks = false;
  std::string trace, vcd, svg;

  [[nodiscard]] bool records() const { return !trace.empty() || !vcd.empty() || !svg.empty(); }
};

// The picture needs the beginning only, and what comes later can be skipped.
std::size_t visits_to_record(const Request& request) {
  return request.trace.empty() && request.vcd.empty() ? explore::kDrawnVisits
                                                      : explore::Recording::kMost;
}

void add_files(const Request& request, const explore::Simulated& simulated,
               const explore::Recording& recording, Outcome& outcome) {
  const std::string holds =
      recording.full() ? fmt::format("the first {} operations, up to cycle {}; the run has more",
                                     recording.visits().size(), recording.end())
                       : "every operation";
  const auto add = [&](const std::string& path, const char* what, std::string text) {
    outcome.files.push_back({path, std::move(text), false,
                             fmt::format("\nthe {} in {} holds {}\n", what, path, holds)});
    outcome.json["files"].push_back(
        {{"path", path}, {"complete", !recording.full()}, {"until_cycle", recording.end()}});
  };
  if (!request.trace.empty())
    add(request.trace, "trace", explore::trace_json(simulated, recording));
  if (!request.vcd.empty()) add(request.vcd, "waveform", explore::vcd_text(simulated, recording));
  if (request.svg.empty()) return;
  outcome.files.push_back(
      {request.svg, explore::epochs_svg(simulated, recording), false,
       fmt::format("\nthe picture in {} shows the first epochs\n", request.svg)});
}

// Of a composition every part for itself.
base::Result<void> add_values(const Request& request, const explore::Simulated& simulated,
                              Outcome& outcome) {
  for (const explore::SimulatedPart& part : simulated.parts)
    if (auto done = add_values(request, part.simulated, outcome); !done) return done;
  if (!simulated.program) return {};
  EINFALL_TRY(const explore::Functional values, explore::run_functional(simulated, request.seed));
  outcome.text += functional_text(values);
  outcome.json["functional"].push_back(functional_json(simulated.costed.scenario.name, values));
  if (!values.agrees()) outcome.exit = Exit::kModel;
  return {};
}

// The one thing that cannot wait until the command has run.
void put_progress(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

base::SourceSpan place_of(const Request& request, explore::Documents& documents) {
  const auto scenario = documents.scenarios().get(request.scenario);
  return scenario ? (*scenario)->span : base::SourceSpan();
}

Outcome simulate(const Request& request) {
  Outcome outcome;
  explore::Documents documents;
  auto costed = explore::cost_scenario(request.scenario, request.settings, documents);
  if (!costed) return rejected({}, costed.error());
  if (request.records() && !costed->parts.empty())
    return rejected({}, {base::error("E961", place_of(request, documents),
                                     "a composition has no trace of its own",
                                     "trace the scenario of one of its parts")});
  for (const std::string& path : {request.trace, request.vcd, request.svg})
    if (!path.empty())
      if (const auto problem = cannot_write(path)) return rejected({}, {*problem});
  explore::Recording recording(visits_to_record(request));
  explore::SimulationOptions options;
  if (request.records()) options.recording = &recording;
  options.execution.fast_forward = !request.step;
  options.dram_banks = request.banks;
  options.watched = explore::kWatched;
  explore::ProgressLine line(put_progress, explore::ProgressLine::Clock::now());
  if (::isatty(STDERR_FILENO) == 1)
    options.progress = [&line](std::int64_t cycles, double share) {
      line.show(cycles, share, explore::ProgressLine::Clock::now());
    };
  const auto simulated = explore::simulate_costed(std::move(*costed), options);
  line.clear();
  if (!simulated) {
    outcome = rejected({}, simulated.error());
    if (simulated.error().front().code == "E960") outcome.exit = Exit::kModel;
    return outcome;
  }
  outcome.text = explore::simulation_text(*simulated);
  outcome.json = simulation_json(*simulated);
  if (explore::miscounted(*simulated)) outcome.exit = Exit::kModel;
  outcome.json["simulated_cycles_per_s"] =
      simulated->wall_s > 0 ? static_cast<double>(simulated->cycles) / simulated->wall_s : 0.0;
  if (request.records()) add_files(request, *simulated, recording, outcome);
  if (!request.functional) return outcome;
  if (const auto values = add_values(request, *simulated, outcome); !values) {
    outcome = rejected({}, values.error());
    if (values.error().front().code == "E963") outcome.exit = Exit::kModel;
  }
  return outcome;
}

}  // namespace

Run declare_simulate(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("SCENARIO", request->scenario, "a scenario document")->required();
  add_text_settings(app, request->settings);
  app.add_flag("--no-skip", request->step,
               "execute every operation, repetitions of a steady state too");
  app.add_flag("--functional", request->functional,
               "also let random values flow through the machine, and compare every bit");
  CLI::Option* seed = add_seed(app, request->seed, "of the random values");
  app.add_option_function<std::string>(
         "--dram",
         [request](const std::string& text) {
           request->banks =
               parse_choice<bool>("--dram", text, {{"bandwidth", false}, {"banks", true}});
         },
         "the outermost memory by bandwidth and latency (bandwidth, the default), or by the rows, "
         "banks and refresh of its timing table (banks)")
      ->type_name("MODEL");
  add_path(app, "--trace", request->trace,
           "write operations and counters to this file, for Perfetto or chrome://tracing");
  add_path(app, "--vcd", request->vcd,
           "write who is busy and who waits for what to this file, for waveform viewers");
  add_path(app, "--svg", request->svg, "draw the first epochs into this file");
  app.parse_complete_callback([request, seed] {
    if (seed->count() > 0 && !request->functional)
      throw BadOption{"--seed", "no values flow without --functional", "give --functional too"};
    const auto twice = [&](const std::string& one, const std::string& other) {
      return !one.empty() && one == other;
    };
    if (twice(request->vcd, request->trace))
      throw BadOption{"--vcd", "'" + request->vcd + "' is the trace's file already", {}};
    if (twice(request->svg, request->trace) || twice(request->svg, request->vcd))
      throw BadOption{"--svg", "'" + request->svg + "' is another output's file already", {}};
  });
  return [request] { return simulate(*request); };
}

}  // namespace einfall::cli
