#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>

#include "base/text_table.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/usage.hpp"
#include "explore/evaluation.hpp"

namespace einfall::cli {
namespace {

using base::TextTable;
using Json = nlohmann::ordered_json;

std::string shape_of(const explore::OutputValues& output) {
  return output.shape.empty() ? "number" : fmt::format("{}", fmt::join(output.shape, " x "));
}

std::string warning_of_values(const explore::Evaluation& evaluation) {
  std::string text;
  for (const explore::OutputValues& output : evaluation.outputs) {
    const std::int64_t odd = output.values.nan + output.values.infinite;
    if (odd > 0)
      text += fmt::format("warning: {} of {} values of {} are not finite\n", odd,
                          output.values.present, output.tensor);
  }
  return text;
}

std::string warning_of_deviations(const explore::Evaluation& evaluation) {
  std::string text;
  for (const explore::OutputValues& output : evaluation.outputs) {
    if (!output.deviation || output.deviation->not_finite == 0) continue;
    text += fmt::format("warning: {}: {} points are not finite on both sides{}\n", output.tensor,
                        output.deviation->not_finite,
                        output.deviation->finite == 0 ? ", none can be compared" : "");
  }
  return text;
}

// Of values or differences of which none is finite there is no magnitude to tell.
std::string magnitude(double value, bool known, const char* form) {
  return known ? fmt::format(fmt::runtime(form), value) : "nan";
}
bool any_finite(const einsum::Magnitude& values) {
  return values.present == 0 || values.nan + values.infinite < values.present;
}
bool any_finite(const einsum::Deviation& deviation) {
  return deviation.finite > 0 || deviation.not_finite + deviation.unlike == 0;
}

std::string table_of_values(const explore::Evaluation& evaluation) {
  constexpr auto kRight = TextTable::Align::kRight;
  const std::string warning = warning_of_values(evaluation);
  std::vector<TextTable::Column> columns = {
      {"output", {}}, {"shape", {}}, {"present", kRight}, {"rms", kRight}, {"largest", kRight}};
  if (!warning.empty()) columns.insert(columns.end(), {{"NaN", kRight}, {"infinite", kRight}});
  TextTable table(columns);
  for (const explore::OutputValues& output : evaluation.outputs) {
    std::vector<std::string> row = {
        output.tensor, shape_of(output),
        fmt::format("{} of {}", output.values.present, output.values.points),
        magnitude(output.values.rms, any_finite(output.values), "{:.6g}"),
        magnitude(output.values.max_abs, any_finite(output.values), "{:.6g}")};
    if (!warning.empty()) {
      row.push_back(fmt::format("{}", output.values.nan));
      row.push_back(fmt::format("{}", output.values.infinite));
    }
    table.add(row);
  }
  return table.text() + warning;
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
    const bool known = any_finite(*output.deviation);
    table.add({output.tensor, shape_of(output),
               magnitude(output.values.rms, any_finite(output.values), "{:.6g}"),
               magnitude(output.deviation->rms, known, "{:.2e}"),
               magnitude(output.deviation->max_abs, known, "{:.2e}"),
               magnitude(output.deviation->max_rel, known, "{:.2e}"),
               fmt::format("{}", output.deviation->unlike), output.worst});
  }
  std::string text = fmt::format("deviation from {}\n{}", evaluation.against, table.text());
  const auto beyond = [&](const explore::OutputValues& output) {
    return output.deviation && output.deviation->max_rel > evaluation.tolerance;
  };
  if (std::any_of(evaluation.outputs.begin(), evaluation.outputs.end(), beyond))
    text += fmt::format("they differ by more than {:.0e}\n", evaluation.tolerance);
  else if (!evaluation.agree)
    text += "they do not agree: points are unlike, or none is finite\n";
  return text + warning_of_deviations(evaluation);
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
               fmt::format("{:.4g}", report.max_ulps), fmt::format("{}", report.overflows),
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

// rms, max_abs and max_rel are those of the deviation, or of the values where nothing is compared;
// null where no value is finite.
Json json_of(const explore::OutputValues& output) {
  Json json;
  const auto& values = output.values;
  const auto& deviation = output.deviation;
  const auto if_known = [](double value, bool known) { return known ? Json(value) : Json(); };
  const bool own = any_finite(values);
  const bool known = deviation ? any_finite(*deviation) : own;
  json["shape"] = output.shape;
  json["rms"] = if_known(deviation ? deviation->rms : values.rms, known);
  json["max_abs"] = if_known(deviation ? deviation->max_abs : values.max_abs, known);
  json["max_rel"] = deviation ? if_known(deviation->max_rel, known) : Json();
  json["unlike"] = output.deviation ? Json(output.deviation->unlike) : Json();
  json["not_finite"] = output.deviation ? Json(output.deviation->not_finite) : Json();
  json["worst"] = output.worst.empty() ? Json() : Json(output.worst);
  json["values"] = {{"points", values.points},
                    {"present", values.present},
                    {"nan", values.nan},
                    {"infinite", values.infinite},
                    {"rms", if_known(values.rms, own)},
                    {"max_abs", if_known(values.max_abs, own)}};
  return json;
}

Outcome eval(const explore::EvaluationRequest& request) {
  Outcome outcome;
  const auto evaluation = explore::evaluate_cascade(request, outcome.diagnostics);
  if (!evaluation) return rejected(std::move(outcome.diagnostics), evaluation.error());
  const bool compared = !evaluation->against.empty();
  outcome.json["cascade"] = evaluation->cascade;
  outcome.json["machine"] = evaluation->machine.empty() ? Json() : Json(evaluation->machine);
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
  if (!evaluation->machine.empty())
    outcome.text = fmt::format("numerics of {}\n", evaluation->machine);
  outcome.text += compared ? table_of_deviations(*evaluation) : table_of_values(*evaluation);
  outcome.text += table_of_numerics(*evaluation);
  if (!evaluation->agree) outcome.exit = Exit::kModel;
  return outcome;
}

double parse_tolerance(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || !std::isfinite(value) || value < 0)
    throw BadOption{"--tolerance", fmt::format("'{}' is not a finite number from 0 on", text), {}};
  return value;
}

void check_together(const explore::EvaluationRequest& request) {
  const bool reference = request.mode == einsum::NumericMode::kReference;
  if (request.tolerance && request.against.empty() && reference)
    throw BadOption{"--tolerance", "there is nothing to compare", "give --against CASCADE too"};
  if (!request.machine.empty() && reference)
    throw BadOption{"--machine", "its numerics are for --mode bit-true only",
                    "give --mode bit-true too"};
}

}  // namespace

Run declare_eval(CLI::App& app) {
  auto request = std::make_shared<explore::EvaluationRequest>();
  app.add_option("CASCADE", request->cascade, "a cascade document, or a scenario with one")
      ->required();
  add_mixed_settings(app, request->sizes, request->settings);
  add_seed(app, request->seed, "of the random inputs");
  add_path(app, "--against", request->against, "a cascade to compare with, on the same inputs");
  app.add_option_function<std::string>(
         "--tolerance",
         [request](const std::string& text) { request->tolerance = parse_tolerance(text); },
         "largest relative deviation that counts as agreement (reference mode: 1e-9)")
      ->type_name("NUMBER");
  const std::map<std::string, einsum::NumericMode> modes = {
      {"reference", einsum::NumericMode::kReference}, {"bit-true", einsum::NumericMode::kBitTrue}};
  app.add_option_function<std::string>(
         "--mode",
         [request, modes](const std::string& text) {
           request->mode = parse_choice("--mode", text, modes);
         },
         "reference: fp64 throughout; bit-true: the declared types and orders, and of a scenario "
         "its machine's numerics")
      ->type_name("reference|bit-true");
  add_path(app, "--machine", request->machine,
           "a machine whose numerics (formats, order, exp) hold in bit-true mode where the "
           "cascade declares none: the types of a cascade win");
  app.parse_complete_callback([request] { check_together(*request); });
  return [request] { return eval(*request); };
}

}  // namespace einfall::cli
