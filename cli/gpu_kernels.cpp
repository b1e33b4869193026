#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/gpu.hpp"
#include "cli/shipped.hpp"
#include "explore/gpu_join.hpp"
#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/measure/point.hpp"

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

std::string refusal_of_kernel(const records::Point& point) {
  static const std::vector<gpu_ref::Kernel> all = [] {
    std::vector<gpu_ref::Kernel> kernels = gpu_ref::kernels();
    for (const gpu_ref::Kernel& kernel : gpu_ref::k4_unlaunched()) kernels.push_back(kernel);
    return kernels;
  }();
  for (const gpu_ref::Kernel& kernel : all)
    if (kernel.id == point.kernel) return gpu_ref::measure::refusal_of(kernel, point);
  return {};  // a scenario for a kernel that is not written yet
}

// What is not compared: how many for each reason, and which.
void add_left_out(const explore::JoinedRecord& joined, Outcome& outcome) {
  constexpr std::size_t kNamed = 3;
  for (const auto reason : {explore::NotCompared::kUnpredicted, explore::NotCompared::kStale,
                            explore::NotCompared::kElsewhere, explore::NotCompared::kNoTimes})
    outcome.json[explore::name(reason)] = joined.count(reason);
  outcome.json["left_out"] = Json::array();
  for (const auto& [reason, points] : joined.left_out) {
    outcome.text +=
        fmt::format("not compared: {} {}\n", points.size(), explore::explanation(reason));
    for (std::size_t i = 0; i < std::min(kNamed, points.size()); ++i)
      outcome.text += fmt::format("  {}\n", records::key(points[i]));
    if (points.size() > kNamed)
      outcome.text += fmt::format("  and {} more\n", points.size() - kNamed);
    for (const records::Point& point : points)
      outcome.json["left_out"].push_back(
          {{"point", records::key(point)}, {"reason", explore::name(reason)}});
  }
}

}  // namespace

Outcome predict_kernels(const explore::KernelPoints& points, const std::string& machine,
                        const std::string& output) {
  explore::KernelPredictor predictor(shipped("workloads/scenarios/gpu"), machine,
                                     refusal_of_kernel);
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

Outcome compare_records(const std::string& record, const std::string& predictions,
                        const std::string& plot) {
  const auto joined =
      explore::join(records::read_records(record),
                    records::read_records(predictions.empty() ? shipped("gpu_ref/predictions.jsonl")
                                                              : predictions),
                    fs::exists("gpu_ref") ? "." : EINFALL_DATA_DIR);
  Outcome outcome;
  outcome.text =
      fmt::format("{}: {} points compared; predictions: zero-fit\n", record, joined.points.size());
  outcome.json["record"] = record;
  outcome.json["fit"] = "zero";
  outcome.json["n"] = joined.points.size();
  add_left_out(joined, outcome);
  for (const auto& complaint : joined.complaints)
    outcome.text += records::text_of(complaint) + "\n";
  if (!joined.complaints.empty()) outcome.exit = Exit::kInput;
  outcome.json["points"] = Json::array();
  for (const explore::JoinedPoint& point : joined.points) {
    Json json = {{"point", records::key(point.measurement.point)},
                 {"measured_ms", point.measurement.median_us * 1e-3},
                 {"predicted_ms", *point.measurement.predicted_ms}};
    for (const auto& effect : point.effects_ms) json["effects_ms"][effect.name] = effect.cycles;
    outcome.json["points"].push_back(std::move(json));
  }
  if (joined.points.empty()) {
    outcome.text += "nothing of it can be compared\n";
    outcome.exit = Exit::kInput;
    return outcome;
  }
  const auto groups = explore::groups_of(joined);
  for (const auto& [name, group] : groups)
    outcome.json["groups"][name] = errors_json(explore::errors_of(group));
  outcome.text += "\n" + explore::errors_text(groups);
  const auto attributed = explore::attributed(joined);
  if (!attributed.empty()) outcome.text += "\n" + explore::effects_text(attributed);
  if (!plot.empty())
    outcome.files.push_back(
        {plot,
         explore::comparison_plot(fs::path(record).filename().string() + ", zero-fit",
                                  explore::families_of(joined)),
         false});
  return outcome;
}

}  // namespace einfall::cli
