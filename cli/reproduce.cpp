#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/cost_json.hpp"
#include "cli/settings.hpp"
#include "cli/shipped.hpp"
#include "cli/usage.hpp"
#include "explore/reproduction_report.hpp"

namespace einfall::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// In the terms of `compare`, and the published model beside.
void add_simulated(const explore::SimulatedPoint& point, Json& json) {
  json["simulated_latency_s"] = point.latency_s;
  json["simulated_cycles"] = number(point.simulated.sum());
  json["analytic_cycles"] = number(point.analytic.sum());
  if (point.published) json["published_cycles"] = number(point.published->sum());
  json["unit"] = point.unit;
  const auto simulated = point.simulated.parts();
  const auto analytic = point.analytic.parts();
  for (std::size_t i = 0; i < simulated.size(); ++i) {
    Json& line = json["cycles"][std::string(simulated[i].first)];
    line["simulated"] = number(simulated[i].second);
    line["analytic"] = number(analytic[i].second);
    if (point.published) line["published"] = number(point.published->parts()[i].second);
  }
}

Json json_of(const explore::PointResult& point,
             const std::vector<explore::PublishedRow>& published) {
  Json json;
  for (const auto& [axis, value] : point.keys) json[axis] = value;
  json["latency_s"] = point.latency_s;
  json["traffic_bytes"] = point.traffic_bytes;
  if (const auto energy = point.quantity("energy_j")) json["energy_j"] = *energy;
  for (const auto& [name, value] : point.utilization) json[name] = value;
  for (const char* ratio : {"speedup", "energy_ratio"})
    if (const auto value = point.quantity(ratio)) json[ratio] = *value;
  if (point.area_mm2) json["area_mm2"] = *point.area_mm2;
  if (point.buffer_bytes > 0) json["buffer_bytes"] = point.buffer_bytes;
  if (point.simulated) add_simulated(*point.simulated, json);
  for (const auto& [quantity, value] : explore::published_at(published, point))
    json["published"][quantity] = value.value;
  return json;
}

Json list_of(const std::vector<explore::PointResult>& points,
             const std::vector<explore::PublishedRow>& published) {
  Json list = Json::array();
  for (const auto& point : points) list.push_back(json_of(point, published));
  return list;
}

Json headline_of(const explore::ReproductionResult& result) {
  Json out = Json::array();
  for (const explore::HeadlineResult& line : result.headline) {
    Json json{{"name", line.spec.name},
              {"mean", line.arithmetic},
              {"geometric_mean", line.geometric},
              {"least", line.least},
              {"most", line.most}};
    if (line.spec.paper) json["paper"] = line.spec.paper->value;
    if (line.spec.artifact) json["artifact"] = line.spec.artifact->value;
    out.push_back(std::move(json));
  }
  return out;
}

struct Request {
  std::string study;
  explore::Settings settings;
  std::string mode;
  std::string plots;
  explore::ReproductionOptions options;
};

// A bare name is one of the studies that ship.
std::string document_of(const std::string& study) {
  if (study.find_first_of("./") != std::string::npos) return study;
  return shipped("workloads/reference/" + study + ".yaml");
}

Outcome reproduce(const Request& request) {
  Outcome outcome;
  if (!request.plots.empty() && !fs::is_directory(request.plots)) {
    auto folder = std::make_shared<base::SourceFile>();
    folder->name = request.plots;
    return rejected({}, {base::error("E006", {std::move(folder), 0, 0, 1}, "is no folder",
                                     "make it first: the figures are written into it")});
  }
  const std::string path = document_of(request.study);
  const auto study = explore::load_reproduction(path);
  if (!study) return rejected({}, study.error());
  explore::Settings settings = request.settings;
  if (!request.mode.empty()) settings["mode"] = request.mode;
  explore::Documents documents;
  std::vector<std::string> changed;
  const auto shown = explore::comparable(*study, settings, documents, changed);
  if (!shown) return rejected({}, shown.error());
  const auto result = explore::reproduce(*shown, settings, documents, request.options);
  if (!result) return rejected({}, result.error());
  if (!changed.empty())
    outcome.text = fmt::format(
        "No published values are shown: they are not for this setting of {}, which goes to the "
        "scenarios that have it.\n\n",
        fmt::join(changed, " "));
  outcome.text += explore::report_text(*shown, *result);
  outcome.json["study"] = shown->name;
  outcome.json["settings"] = settings;
  outcome.json["points"] = list_of(result->points, shown->published_points);
  outcome.json["predictions"] = list_of(result->predictions, {});
  outcome.json["end_to_end"] =
      list_of(result->end_to_end,
              explore::relative_to_first(shown->published_end_to_end, result->end_to_end));
  outcome.json["pareto"] = list_of(result->sweep, shown->published_sweep);
  for (const auto& [value, mm2] : result->area_mm2) outcome.json["area_mm2"][value] = mm2;
  outcome.json["headline"] = headline_of(*result);
  if (!request.plots.empty())
    for (explore::Plot& plot : explore::plots(*shown, *result))
      outcome.files.push_back({request.plots + "/" + plot.file, std::move(plot.svg), false});
  return outcome;
}

}  // namespace

Run declare_reproduce(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("STUDY", request->study, "a name (fusemax) or a reproduction document")
      ->required();
  app.add_option_function<std::string>(
         "--mode",
         [request](const std::string& text) {
           request->mode = parse_choice<std::string>(
               "--mode", text, {{"corrected", "corrected"}, {"published", "published"}});
         },
         "corrected (default) or published: with all quirks")
      ->type_name("corrected|published");
  app.add_flag("--simulate", request->options.simulate,
               "also execute every point, and say where its cycles go");
  add_path(app, "--plots", request->plots, "existing folder to write the figures to, as SVG");
  add_text_settings(app, request->settings);
  app.parse_complete_callback([request] {
    if (!request->mode.empty() && request->settings.count("mode") > 0)
      throw BadOption{"--mode", "the mode is given twice, here and by --set mode", {}};
  });
  return [request] { return reproduce(*request); };
}

}  // namespace einfall::cli
