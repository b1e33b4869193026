#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "cli/gpu.hpp"
#include "cli/shipped.hpp"
#include "explore/gpu_join.hpp"

namespace einfall::cli {
namespace {

namespace fs = std::filesystem;
namespace records = gpu_ref::records;
using Json = nlohmann::ordered_json;

Json json_of(const explore::KernelPrediction& p) {
  Json json = {{"point", records::key(p.record.point)}, {"kernel", p.record.point.kernel}};
  if (!p.refused.empty()) {
    json["predicted_ms"] = nullptr;
    json["refused"] = p.refused.front().message;
    return json;
  }
  json["predicted_ms"] = p.record.predicted_ms;
  json["dram_bytes"] = p.record.dram_bytes;
  json["multiply_adds"] = p.record.multiply_adds;
  json["exps"] = p.record.exps;
  json["documents_sha256"] = p.record.documents_sha256;
  for (const auto& effect : p.effects_ms) json["effects_ms"][effect.name] = effect.cycles;
  return json;
}

}  // namespace

Outcome predict_kernels(const explore::KernelPoints& points, const std::string& machine,
                        const std::string& output) {
  explore::KernelPredictor predictor(shipped("workloads/scenarios/gpu"), machine);
  std::vector<explore::KernelPrediction> predictions;
  for (const records::Point& point : points.points)
    predictions.push_back(predictor.predict(point, points.file));
  Outcome outcome;
  outcome.text = "constants: the machine's own\n\n" + explore::predictions_text(predictions);
  outcome.json["machine"] = machine;
  outcome.json["fit"] = "zero";
  outcome.json["points"] = Json::array();
  std::set<std::string> said;  // what is wrong with every point is said for the first
  for (const explore::KernelPrediction& p : predictions) {
    outcome.json["points"].push_back(json_of(p));
    if (p.refused.empty()) continue;
    outcome.exit = Exit::kInput;
    if (said.insert(p.record.point.kernel + p.refused.front().code).second)
      outcome.diagnostics.insert(outcome.diagnostics.end(), p.refused.begin(), p.refused.end());
  }
  // All of them or none: what is there is not overwritten by less.
  if (!output.empty() && outcome.exit == Exit::kFine)
    outcome.files.push_back({output, explore::prediction_lines(predictions), true});
  return outcome;
}

Outcome compare_records(const std::string& record, const std::string& predictions) {
  const auto joined =
      explore::join(records::read_records(record),
                    records::read_records(predictions.empty() ? shipped("gpu_ref/predictions.jsonl")
                                                              : predictions),
                    fs::exists("gpu_ref") ? "." : EINFALL_DATA_DIR);
  Outcome outcome;
  outcome.text = fmt::format(
      "{}: {} points compared, {} without a prediction, {} of other sources than the "
      "tree's; predictions: zero-fit\n",
      record, joined.points.size(), joined.unpredicted, joined.stale);
  if (joined.elsewhere > 0)
    outcome.text +=
        fmt::format("{} were measured on another device than predicted for\n", joined.elsewhere);
  if (joined.no_times > 0)
    outcome.text += fmt::format("{} have no time that can be compared\n", joined.no_times);
  for (const auto& complaint : joined.complaints)
    outcome.text += records::text_of(complaint) + "\n";
  if (!joined.complaints.empty()) outcome.exit = Exit::kInput;
  const auto groups = explore::groups_of(joined);
  if (!groups.empty()) outcome.text += "\n" + explore::errors_text(groups);
  outcome.json["record"] = record;
  outcome.json["fit"] = "zero";
  outcome.json["n"] = joined.points.size();
  outcome.json["unpredicted"] = joined.unpredicted;
  outcome.json["stale"] = joined.stale;
  outcome.json["elsewhere"] = joined.elsewhere;
  outcome.json["no_times"] = joined.no_times;
  outcome.json["points"] = Json::array();
  for (const records::Measurement& m : joined.points)
    outcome.json["points"].push_back({{"point", records::key(m.point)},
                                      {"measured_ms", m.median_us * 1e-3},
                                      {"predicted_ms", *m.predicted_ms}});
  for (const auto& [name, e] : groups) outcome.json["groups"][name] = errors_json(e);
  return outcome;
}

}  // namespace einfall::cli
