#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <set>

#include "cli/gpu.hpp"
#include "cli/shipped.hpp"
#include "cli/usage.hpp"
#include "explore/gpu_fit.hpp"
#include "explore/gpu_join.hpp"
#include "explore/gpu_report.hpp"

namespace einfall::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

enum class Fit { kZero, kFew };

struct Request {
  std::string points;
  std::string machine;
  Fit fit = Fit::kFew;
  std::string fit_file;  // empty: the one that ships
  std::string scenario;
  std::string plot;
  std::string name = "fit";
  std::string output;
  std::string predictions;      // of kernels; empty: those that ship
  std::set<std::string> given;  // options that were typed
};

// With what the user typed told from what stands there by itself.
template <class Command>
Run running(CLI::App& app, std::shared_ptr<Request> request, Command command) {
  return [&app, request, command] {
    for (const CLI::Option* option : app.get_options())
      if (option->count() > 0) request->given.insert(option->get_name());
    return command(*request);
  };
}

std::string scenario_of(const Request& request) {
  return request.scenario.empty() ? shipped("workloads/scenarios/gpu_attention.yaml")
                                  : request.scenario;
}
std::string fit_of(const Request& request) {
  return request.fit_file.empty()
             ? shipped("workloads/measurements/" + request.machine + "_fit.yaml")
             : request.fit_file;
}

Json json_of(const explore::GpuPrediction& p) {
  Json json;
  if (!p.point.phase.empty()) json["phase"] = p.point.phase;
  json["batch"] = p.point.batch;
  json["q_len"] = p.point.q_len;
  json["kv_len"] = p.point.kv_len;
  json["head_dim"] = p.point.head_dim;
  json["q_heads"] = p.point.q_heads;
  json["kv_heads"] = p.point.kv_heads;
  json["mask"] = p.point.mask;
  if (p.point.measured_ms) json["measured_ms"] = *p.point.measured_ms;
  if (!p.refused.empty()) {
    json["predicted_ms"] = nullptr;
    json["refused"] = p.refused.front().message;
    return json;
  }
  json["predicted_ms"] = p.predicted_ms;
  if (const auto error = p.relative_error()) json["error_percent"] = 100 * *error;
  json["family"] = explore::name(p.family);
  json["dram_bytes"] = p.dram_bytes;
  for (const auto& effect : p.effects_ms) json["effects_ms"][effect.name] = effect.cycles;
  json["settings"] = p.settings;
  return json;
}

using Predictions = std::vector<explore::GpuPrediction>;

struct Loaded {
  std::vector<explore::GpuPoint> points;
  std::optional<explore::GpuFit> fit;
};
base::Result<Loaded> load(const Request& request, bool fitted) {
  Loaded out;
  EINFALL_TRY(out.points, explore::read_gpu_points(request.points));
  if (!fitted) return out;
  const std::string path = fit_of(request);
  if (request.fit_file.empty() && !fs::exists(path)) return out;
  EINFALL_TRY(out.fit, explore::load_gpu_fit(path));
  if (out.fit->machine != request.machine) {
    auto file = std::make_shared<base::SourceFile>();
    file->name = path;
    return base::failure(
        base::error("E952", {file, 0, 0, 1},
                    fmt::format("fit '{}' is for machine '{}', the points are predicted on '{}'",
                                out.fit->name, out.fit->machine, request.machine),
                    "another fit, another --machine, or --fit zero"));
  }
  return out;
}

Predictions predict(const Loaded& loaded, explore::GpuPredictor& predictor, bool fitted) {
  Predictions out;
  for (const explore::GpuPoint& point : loaded.points)
    out.push_back(predictor.predict(point, fitted && loaded.fit ? &*loaded.fit : nullptr));
  return out;
}

// What was refused is an error of the input, beside what could be predicted.
void add_refusals(const Predictions& predictions, Outcome& outcome) {
  for (const explore::GpuPrediction& p : predictions) {
    if (p.refused.empty()) continue;
    outcome.exit = Exit::kInput;
    // What is wrong with every point is said for the first.
    const base::Diagnostic& first = p.refused.front();
    if (std::none_of(outcome.diagnostics.begin(), outcome.diagnostics.end(),
                     [&](const base::Diagnostic& said) {
                       return said.code == first.code && said.span.text() == first.span.text();
                     }))
      outcome.diagnostics.insert(outcome.diagnostics.end(), p.refused.begin(), p.refused.end());
  }
}

// Of fitted constants, by the machine that the points were costed on.
void add_doubts(const explore::GpuFit& fit, const Loaded& loaded, explore::GpuPredictor& predictor,
                Outcome& outcome) {
  for (const explore::GpuPoint& point : loaded.points) {
    const auto costed = predictor.cost(point);
    if (!costed) continue;
    for (const std::string& doubt : explore::doubts(fit, *costed->costed.machine)) {
      outcome.text += "doubtful fit: " + doubt + "\n";
      outcome.json["doubts"].push_back(doubt);
    }
    return;
  }
}

void add_errors(const Predictions& predictions, Json& json) {
  const explore::GpuErrors errors = explore::errors_of(predictions);
  if (errors.n == 0) return;
  json.update(errors_json(errors));
  for (const auto& [name, group] : explore::groups_of(predictions))
    if (name != "all") json["groups"][name] = errors_json(explore::errors_of(group));
}

std::string constants_line(const Loaded& loaded, const Request& request, bool fitted) {
  if (!fitted) return "constants: the machine's own\n";
  if (!loaded.fit)
    return fmt::format("constants: the machine's own; there is no fit for '{}'\n", request.machine);
  return fmt::format("constants: fit '{}', trained on {}\n", loaded.fit->name,
                     loaded.fit->trained_on);
}

// Options that say nothing about this kind of file.
base::Diagnostics do_not_apply(const Request& request, const std::string& file,
                               std::initializer_list<std::pair<const char*, const char*>> options) {
  base::Diagnostics sink;
  auto line = std::make_shared<base::SourceFile>();
  line->name = request.points;
  for (const auto& [option, why] : options)
    if (request.given.count(option) > 0)
      sink.push_back(base::error("E005", {line, 0, 0, 1},
                                 fmt::format("{} does not go with {}", option, file), why));
  return sink;
}

Outcome predict_points(const Request& request) {
  const auto kernels = explore::read_kernel_points(request.points);
  if (!kernels) return rejected({}, kernels.error());
  if (*kernels) {
    constexpr const char* kZeroOnly =
        "nothing is fitted to kernels: constants are the machine's own";
    auto wrong = do_not_apply(
        request, "points of kernels",
        {{"--scenario", "each kernel has a scenario of its own in workloads/scenarios/gpu"},
         {"--constants", kZeroOnly}});
    if (wrong.empty() && request.fit == Fit::kFew)
      wrong = do_not_apply(request, "points of kernels", {{"--fit", kZeroOnly}});
    if (!wrong.empty()) return rejected({}, wrong);
    return predict_kernels(**kernels, request.machine, request.output);
  }
  if (!request.output.empty()) {
    auto file = std::make_shared<base::SourceFile>();
    file->name = request.points;
    return rejected({},
                    {base::error("E970", {file, 0, 0, 1},
                                 "has no column 'kernel'; -o writes predictions of kernels",
                                 "points as gpu_ref/points.csv has them, or --json without -o")});
  }
  const bool fitted = request.fit == Fit::kFew;
  const auto loaded = load(request, fitted);
  if (!loaded) return rejected({}, loaded.error());
  explore::GpuPredictor predictor(scenario_of(request), request.machine);
  const Predictions predictions = predict(*loaded, predictor, fitted);
  Outcome outcome;
  outcome.text =
      constants_line(*loaded, request, fitted) + "\n" + explore::predictions_text(predictions);
  const auto groups = explore::groups_of(predictions);
  if (!groups.empty()) outcome.text += "\n" + explore::errors_text(groups);
  outcome.json["machine"] = request.machine;
  outcome.json["fit"] = fitted && loaded->fit ? "few" : "zero";
  if (loaded->fit) outcome.json["fitted_on"] = loaded->fit->trained_on;
  outcome.json["points"] = Json::array();
  for (const auto& p : predictions) outcome.json["points"].push_back(json_of(p));
  add_errors(predictions, outcome.json);
  if (loaded->fit) add_doubts(*loaded->fit, *loaded, predictor, outcome);
  add_refusals(predictions, outcome);
  return outcome;
}

Outcome compare_points(const Request& request) {
  const bool record = explore::is_record(request.points);
  const auto wrong =
      record ? do_not_apply(
                   request, "a record",
                   {{"--machine", "its predictions say for which machine they are"},
                    {"--scenario", "predictions are read; --predictions has others"},
                    {"--constants", "nothing is fitted to kernels: predictions are zero-fit"}})
             : do_not_apply(request, "a table of points",
                            {{"--predictions", "a table's points are predicted anew"}});
  if (!wrong.empty()) return rejected({}, wrong);
  if (record) return compare_records(request.points, request.predictions, request.plot);
  const auto loaded = load(request, true);
  if (!loaded) return rejected({}, loaded.error());
  if (std::none_of(loaded->points.begin(), loaded->points.end(),
                   [](const explore::GpuPoint& point) { return point.measured_ms.has_value(); }))
    return rejected({}, {base::error("E970", {loaded->points.front().span.file, 0, 0, 1},
                                     "no point has a measured time",
                                     "fill in the column median_ms, or `einfall gpu predict`")});
  explore::GpuPredictor predictor(scenario_of(request), request.machine);
  Outcome outcome;
  outcome.json["machine"] = request.machine;
  Predictions zero, few;
  for (const explore::GpuPoint& point : loaded->points) {
    zero.push_back(predictor.predict(point, nullptr));
    if (loaded->fit) few.push_back(predictor.predict(point, &*loaded->fit));
  }
  for (const bool fitted : {false, true}) {
    if (fitted && !loaded->fit) continue;
    const Predictions& predictions = fitted ? few : zero;
    Json& json = outcome.json[fitted ? "few" : "zero"];
    json["points"] = Json::array();
    for (const auto& p : predictions) json["points"].push_back(json_of(p));
    add_errors(predictions, json);
    outcome.text += (fitted ? "\nFew-fit; " : "Zero-fit; ") +
                    constants_line(*loaded, request, fitted) + "\n" +
                    explore::errors_text(explore::groups_of(predictions)) + "\n" +
                    explore::effects_text(explore::families_of(predictions));
    if (!fitted) add_refusals(predictions, outcome);
    const bool last = fitted || !loaded->fit;
    if (last && !request.plot.empty())
      outcome.files.push_back(
          {request.plot,
           explore::comparison_plot(request.machine + (fitted ? ", few-fit" : ", zero-fit"),
                                    explore::groups_of(predictions)),
           false});
  }
  if (loaded->fit) add_doubts(*loaded->fit, *loaded, predictor, outcome);
  return outcome;
}

bool is_word(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

Outcome fit_points(const Request& request) {
  if (!is_word(request.name)) {
    auto file = std::make_shared<base::SourceFile>();
    file->name = "--name";
    return rejected(
        {}, {base::error("E972", {file, 0, 0, 1}, fmt::format("'{}' is no name", request.name),
                         "letters, digits, dots, dashes and underscores")});
  }
  const auto loaded = load(request, false);
  if (!loaded) return rejected({}, loaded.error());
  explore::GpuPredictor predictor(scenario_of(request), request.machine);
  const auto fit = explore::fit_gpu(request.name, fs::path(request.points).filename().string(),
                                    loaded->points, predictor);
  if (!fit) return rejected({}, fit.error());
  Predictions predictions;
  for (const explore::GpuPoint& point : loaded->points)
    predictions.push_back(predictor.predict(point, &*fit));
  Outcome outcome;
  const std::string document = explore::fit_document(*fit);
  outcome.text = document + "\nOn the points it was fitted to:\n" +
                 explore::errors_text(explore::groups_of(predictions));
  outcome.json["document"] = document;
  add_errors(predictions, outcome.json);
  add_doubts(*fit, *loaded, predictor, outcome);
  if (!request.output.empty()) outcome.files.push_back({request.output, document, true});
  return outcome;
}

std::shared_ptr<Request> add_common(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("POINTS", request->points, "points in CSV: phase,batch,q_len,kv_len,head_dim,...")
      ->required();
  app.add_option("--machine", request->machine, "the GPU: h200, h100, a100")
      ->default_str("h200")
      ->default_val("h200");
  add_path(app, "--scenario", request->scenario, "another scenario with the same parameters");
  return request;
}

}  // namespace

nlohmann::ordered_json errors_json(const explore::GpuErrors& e) {
  return {{"n", e.n},
          {"mape", e.mape},
          {"median", e.median},
          {"p90", e.p90},
          {"max", e.max},
          {"bias", e.bias},
          {"rank_correlation", e.rank_correlation ? nlohmann::ordered_json(*e.rank_correlation)
                                                  : nlohmann::ordered_json()}};
}

Run declare_gpu_predict(CLI::App& app) {
  auto request = add_common(app);
  app.add_option_function<std::string>(
         "--fit",
         [request](const std::string& text) {
           request->fit =
               parse_choice<Fit>("--fit", text, {{"zero", Fit::kZero}, {"few", Fit::kFew}});
         },
         "few (default): with the fitted constants of the machine; zero: with its own alone")
      ->type_name("zero|few");
  add_path(app, "--constants", request->fit_file, "a fit document instead of the one that ships");
  add_path(app, "-o,--output", request->output,
           "write predictions of kernels as lines of JSON (points with a column 'kernel')");
  return running(app, request, predict_points);
}

Run declare_gpu_compare(CLI::App& app) {
  auto request = add_common(app);
  add_path(app, "--constants", request->fit_file, "a fit document instead of the one that ships");
  add_path(app, "--plot", request->plot, "write predicted over measured times as SVG");
  add_path(app, "--predictions", request->predictions,
           "of kernels, for a record of a measuring run (gpu_ref/predictions.jsonl)");
  return running(app, request, compare_points);
}

Run declare_gpu_fit(CLI::App& app) {
  auto request = add_common(app);
  app.add_option("--name", request->name, "of the fit");
  add_path(app, "-o,--output", request->output, "write the fit document");
  return running(app, request, fit_points);
}

}  // namespace einfall::cli
