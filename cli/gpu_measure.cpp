#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <set>

#include "cli/gpu.hpp"
#include "cli/shipped.hpp"
#include "cli/usage.hpp"
#include "explore/gpu_kernels.hpp"
#include "explore/gpu_measure.hpp"

namespace einfall::cli {
namespace {

namespace fs = std::filesystem;

std::string beside_this_program() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "einfall-gpu-measure").string();
}

struct Request {
  explore::MeasuringRequest measuring;
  std::vector<std::string> kernels, sets;
  std::string seed, limit;
};

explore::MeasuringRequest complete(const Request& request) {
  explore::MeasuringRequest measuring = request.measuring;
  if (measuring.program.empty()) measuring.program = beside_this_program();
  if (measuring.points.empty()) measuring.points = shipped("gpu_ref/points.csv");
  const auto pass = [&](const char* option, const std::string& value) {
    if (!value.empty()) measuring.arguments.insert(measuring.arguments.end(), {option, value});
  };
  pass("--seed", request.seed);
  pass("--limit-s", request.limit);
  if (const std::string predictions = shipped("gpu_ref/predictions.jsonl");
      fs::exists(predictions) && measuring.command != "ceilings" && measuring.command != "validate")
    pass("--predictions", predictions);
  for (const std::string& kernel : request.kernels) pass("--kernel", kernel);
  for (const std::string& set : request.sets) pass("--set", set);
  return measuring;
}

// What no point has, neither of the list nor of those that ship.
base::Diagnostics unknown(const Request& request, const explore::MeasuringRequest& measuring) {
  std::set<std::string> kernels, sets;
  base::Diagnostics sink;
  for (const std::string& path : {measuring.points, shipped("gpu_ref/points.csv")}) {
    const auto points = explore::read_kernel_points(path);
    if (!points) return points.error();
    if (!*points) continue;
    for (const auto& point : (*points)->points) {
      kernels.insert(point.kernel);
      sets.insert(point.set);
    }
  }
  const auto look = [&](const char* option, const std::vector<std::string>& asked,
                        const std::set<std::string>& known) {
    auto line = std::make_shared<base::SourceFile>();
    line->name = option;
    for (const std::string& one : asked)
      if (known.count(one) == 0)
        sink.push_back(base::error("E005", {line, 0, 0, 1}, fmt::format("no point has '{}'", one),
                                   suggestion(base::nearest(one, {known.begin(), known.end()}))));
  };
  look("--kernel", request.kernels, kernels);
  look("--set", request.sets, sets);
  return sink;
}

std::string text_of(const explore::RecordSummary& s, const std::string& record) {
  std::string text = fmt::format(
      "{}: {} points measured, {} stale, {} of sources that are not here, {} wrong, {} refused; "
      "{} checks passed, {} failed\n",
      record, s.measured, s.stale, s.unknown, s.wrong, s.refused, s.checks_passed, s.checks_failed);
  if (s.rehearsed > 0)
    text += fmt::format("{} points are the CPU executor's and count for nothing\n", s.rehearsed);
  for (const std::string& failure : s.failures) text += failure + "\n";
  for (const auto& complaint : s.complaints) text += gpu_ref::records::text_of(complaint) + "\n";
  return text;
}

Outcome measure(const Request& request) {
  const explore::MeasuringRequest measuring = complete(request);
  if (auto wrong = unknown(request, measuring); !wrong.empty()) return rejected({}, wrong);
  const explore::MeasuringEnd end = explore::run_measuring_program(measuring);
  Outcome outcome;
  outcome.exit = static_cast<Exit>(end.exit);
  if (!end.skipped.empty()) {
    outcome.text = "skipped, nothing was measured: " + end.skipped + "\n";
    outcome.json["skipped"] = end.skipped;
    return outcome;
  }
  if (outcome.exit == Exit::kInput) {
    outcome.text = fmt::format(
        "{} took this for wrong input and ended with code 1; what it found stands above, or it "
        "is not the measuring program\n",
        measuring.program);
    return outcome;
  }
  const auto summary = explore::summarise(gpu_ref::records::read_records(measuring.record),
                                          fs::exists("gpu_ref") ? "." : EINFALL_DATA_DIR);
  outcome.text = text_of(summary, measuring.record);
  if (summary.runs == 0) {
    outcome.text += "the program has left no record of anything\n";
    outcome.exit = Exit::kModel;
  }
  outcome.json["record"] = measuring.record;
  outcome.json["measured"] = summary.measured;
  outcome.json["stale"] = summary.stale;
  outcome.json["unknown"] = summary.unknown;
  outcome.json["wrong"] = summary.wrong;
  outcome.json["refused"] = summary.refused;
  outcome.json["checks_passed"] = summary.checks_passed;
  outcome.json["checks_failed"] = summary.checks_failed;
  outcome.json["failures"] = summary.failures;
  return outcome;
}

}  // namespace

Run declare_gpu_measure(CLI::App& app) {
  auto request = std::make_shared<Request>();
  app.add_option("RECORD", request->measuring.record,
                 "file of JSON lines that records are added to")
      ->required();
  app.add_option("--command", request->measuring.command, "what to do")
      ->check(CLI::IsMember({"ceilings", "validate", "time", "all"}))
      ->capture_default_str();
  app.add_option("--points", request->measuring.points, "what to time (gpu_ref/points.csv)");
  app.add_option("--program", request->measuring.program,
                 "the measuring program (einfall-gpu-measure beside einfall)");
  app.add_option("--kernel", request->kernels, "only these kernels");
  app.add_option("--set", request->sets, "only these sets of points");
  app.add_option("--seed", request->seed, "of stimulus and order (1)");
  app.add_option("--limit-s", request->limit, "seconds after which no step begins");
  return [request] { return measure(*request); };
}

}  // namespace einfall::cli
