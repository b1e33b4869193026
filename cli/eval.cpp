#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/text_table.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "explore/evaluation.hpp"

namespace einfall::cli {
namespace {

using base::TextTable;
using Json = nlohmann::ordered_json;

std::string shape_of(const explore::OutputValues& output) {
  return output.shape.empty() ? "number" : fmt::format("{}", fmt::join(output.shape, " x "));
}

std::string table_of_values(const explore::Evaluation& evaluation) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table(
      {{"output", {}}, {"shape", {}}, {"present", kRight}, {"rms", kRight}, {"largest", kRight}});
  for (const explore::OutputValues& output : evaluation.outputs)
    table.add({output.tensor, shape_of(output),
               fmt::format("{} of {}", output.values.present, output.values.points),
               fmt::format("{:.6g}", output.values.rms),
               fmt::format("{:.6g}", output.values.max_abs)});
  return table.text();
}

std::string table_of_deviations(const explore::Evaluation& evaluation) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{"output", {}},
                   {"shape", {}},
                   {"rms", kRight},
                   {"rms error", kRight},
                   {"largest error", kRight},
                   {"relative", kRight},
                   {"unlike", kRight},
                   {"worst at", {}}});
  for (const explore::OutputValues& output : evaluation.outputs) {
    if (!output.deviation) continue;
    table.add({output.tensor, shape_of(output), fmt::format("{:.6g}", output.values.rms),
               fmt::format("{:.2e}", output.deviation->rms),
               fmt::format("{:.2e}", output.deviation->max_abs),
               fmt::format("{:.2e}", output.deviation->max_rel),
               fmt::format("{}", output.deviation->unlike), output.worst});
  }
  std::string text = fmt::format("deviation from {}\n{}", evaluation.against, table.text());
  if (!evaluation.agree)
    text += fmt::format("they differ by more than {:.0e}\n", evaluation.tolerance);
  return text;
}

std::string offender(const einsum::NumericReport& report) {
  return report.first_offender ? fmt::format("[{}]", fmt::join(*report.first_offender, ", ")) : "";
}

std::string table_of_numerics(const explore::Evaluation& evaluation) {
  if (evaluation.numerics.empty()) return {};
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{"tensor", {}},
                   {"type", {}},
                   {"rms error", kRight},
                   {"largest error", kRight},
                   {"ulps", kRight},
                   {"overflows", kRight},
                   {"underflows", kRight},
                   {"NaN", kRight},
                   {"first at", {}}});
  for (const einsum::NumericReport& report : evaluation.numerics)
    table.add({report.tensor, std::string(einsum::name(report.type)),
               fmt::format("{:.2e}", report.rms), fmt::format("{:.2e}", report.max_abs),
               fmt::format("{:.1f}", report.max_ulps), fmt::format("{}", report.overflows),
               fmt::format("{}", report.underflows), fmt::format("{}", report.nans),
               offender(report)});
  return "\nwhat the declared types do to each tensor\n" + table.text();
}

Json json_of(const einsum::NumericReport& report) {
  Json json;
  json["type"] = std::string(einsum::name(report.type));
  json["points"] = report.points;
  json["rms"] = report.rms;
  json["max_abs"] = report.max_abs;
  json["max_ulps"] = report.max_ulps;
  json["overflows"] = report.overflows;
  json["underflows"] = report.underflows;
  json["nans"] = report.nans;
  json["presence"] = report.presence;
  json["first_offender"] = report.first_offender ? Json(*report.first_offender) : Json();
  return json;
}

// rms, max_abs and max_rel are those of the deviation, or of the values where nothing is compared.
Json json_of(const explore::OutputValues& output) {
  Json json;
  const auto& values = output.values;
  json["shape"] = output.shape;
  json["rms"] = output.deviation ? output.deviation->rms : values.rms;
  json["max_abs"] = output.deviation ? output.deviation->max_abs : values.max_abs;
  json["max_rel"] = output.deviation ? Json(output.deviation->max_rel) : Json();
  json["unlike"] = output.deviation ? Json(output.deviation->unlike) : Json();
  json["worst"] = output.worst.empty() ? Json() : Json(output.worst);
  json["values"] = {{"points", values.points}, {"present", values.present},
                    {"nan", values.nan},       {"infinite", values.infinite},
                    {"rms", values.rms},       {"max_abs", values.max_abs}};
  return json;
}

Outcome eval(const explore::EvaluationRequest& request) {
  Outcome outcome;
  const auto evaluation = explore::evaluate_cascade(request, outcome.diagnostics);
  if (!evaluation) return rejected(std::move(outcome.diagnostics), evaluation.error());
  const bool compared = !evaluation->against.empty();
  outcome.json["cascade"] = evaluation->cascade;
  outcome.json["mode"] = request.mode == einsum::NumericMode::kBitTrue ? "bit-true" : "reference";
  outcome.json["seed"] = request.seed;
  outcome.json["sizes"] = Json::object();
  for (const auto& [rank, size] : evaluation->sizes) outcome.json["sizes"][rank] = size;
  outcome.json["against"] = compared ? Json(evaluation->against) : Json();
  outcome.json["agree"] = compared ? Json(evaluation->agree) : Json();
  outcome.json["outputs"] = Json::object();
  for (const explore::OutputValues& output : evaluation->outputs)
    outcome.json["outputs"][output.tensor] = json_of(output);
  outcome.json["numerics"] = Json::object();
  for (const einsum::NumericReport& report : evaluation->numerics)
    outcome.json["numerics"][report.tensor] = json_of(report);
  outcome.text = compared ? table_of_deviations(*evaluation) : table_of_values(*evaluation);
  outcome.text += table_of_numerics(*evaluation);
  if (!evaluation->agree) outcome.exit = Exit::kModel;
  return outcome;
}

}  // namespace

Run declare_eval(CLI::App& app) {
  auto request = std::make_shared<explore::EvaluationRequest>();
  app.add_option("CASCADE", request->cascade, "a cascade document")->required();
  add_size_settings(app, request->sizes);
  app.add_option("--seed", request->seed, "of the random inputs")->capture_default_str();
  app.add_option("--against", request->against, "a cascade to compare with, on the same inputs");
  app.add_option("--tolerance", request->tolerance,
                 "largest relative deviation that counts as agreement (reference mode: 1e-9)");
  const std::map<std::string, einsum::NumericMode> modes = {
      {"reference", einsum::NumericMode::kReference}, {"bit-true", einsum::NumericMode::kBitTrue}};
  app.add_option("--mode", request->mode,
                 "reference: fp64 throughout; bit-true: the declared types and orders")
      ->transform(CLI::CheckedTransformer(modes).description("reference|bit-true"));
  return [request] { return eval(*request); };
}

}  // namespace einfall::cli
