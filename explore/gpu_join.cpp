#include "explore/gpu_join.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "einsum/language/symbols.hpp"

namespace einfall::explore {

namespace records = gpu_ref::records;

namespace {

constexpr std::pair<std::string_view, std::string_view> kReasons[] = {
    {"no_run", "of a run that the record does not have"},
    {"rehearsed", "by the CPU executor: a rehearsal"},
    {"wrong", "with wrong values"},
    {"failed_check", "of a kernel that failed a check"},
    {"again", "measured again later"},
    {"stale", "of other sources than the tree's"},
    {"unpredicted", "without a prediction"},
    {"elsewhere", "on another device than predicted for"},
    {"no_times", "without a time that can be compared"}};

NotCompared reason_of(records::Verdict verdict) {
  switch (verdict) {
    case records::Verdict::kNoRun:
      return NotCompared::kNoRun;
    case records::Verdict::kRehearsal:
      return NotCompared::kRehearsal;
    case records::Verdict::kWrong:
      return NotCompared::kWrong;
    case records::Verdict::kFailedCheck:
      return NotCompared::kFailedCheck;
    case records::Verdict::kAgain:
    case records::Verdict::kCounts:
      break;
  }
  return NotCompared::kAgain;
}

GpuPrediction prediction_of(const JoinedPoint& point) {
  GpuPrediction one;
  one.predicted_ms = *point.measurement.predicted_ms;
  one.point.measured_ms = point.measurement.median_us * 1e-3;
  one.effects_ms = point.effects_ms;
  return one;
}

std::string family_of(const JoinedPoint& point) {
  const std::string& kernel = point.measurement.point.kernel;
  return kernel.substr(0, kernel.find('-'));
}

// By `name_of` a point, in the order of names.
template <class Name>
std::vector<GpuGroup> grouped(const std::vector<JoinedPoint>& points, Name name_of) {
  std::map<std::string, std::vector<GpuPrediction>> groups;
  for (const JoinedPoint& point : points) groups[name_of(point)].push_back(prediction_of(point));
  std::vector<GpuGroup> out;
  for (auto& [name, predictions] : groups) out.push_back({name, std::move(predictions)});
  return out;
}

std::string kernel_of(const JoinedPoint& point) { return point.measurement.point.kernel; }

}  // namespace

std::string_view name(NotCompared reason) {
  return kReasons[static_cast<std::size_t>(reason)].first;
}
std::string_view explanation(NotCompared reason) {
  return kReasons[static_cast<std::size_t>(reason)].second;
}

std::size_t JoinedRecord::count(NotCompared reason) const {
  const auto found = left_out.find(reason);
  return found == left_out.end() ? 0 : found->second.size();
}

JoinedRecord join(const records::Records& record, const records::Records& predictions,
                  const std::string& root) {
  JoinedRecord out;
  out.complaints = record.complaints;
  out.complaints.insert(out.complaints.end(), predictions.complaints.begin(),
                        predictions.complaints.end());
  std::map<std::string, const records::Prediction*> predicted;
  for (const records::Prediction& p : predictions.predictions)
    predicted[records::key(p.point)] = &p;
  // Why it is not compared; nothing where it is.
  const auto take = [&](const records::Measurement& m) -> std::optional<NotCompared> {
    if (records::freshness(m, root) != records::Freshness::kFresh) return NotCompared::kStale;
    JoinedPoint point{m, {}};
    auto& predicted_ms = point.measurement.predicted_ms;
    if (const auto found = predicted.find(records::key(m.point)); found != predicted.end()) {
      // A device has the name of its machine document: "NVIDIA H200", h200.
      if (einsum::to_lower(records::run_of(record, m.run)->device)
              .find(einsum::to_lower(found->second->machine)) == std::string::npos)
        return NotCompared::kElsewhere;
      if (!predicted_ms) predicted_ms = found->second->predicted_ms;
      if (*predicted_ms == found->second->predicted_ms)
        for (const records::EffectTime& effect : found->second->effects)
          point.effects_ms.push_back({effect.name, effect.ms});
    }
    if (!predicted_ms) return NotCompared::kUnpredicted;
    if (!(m.median_us > 0 && *predicted_ms > 0)) return NotCompared::kNoTimes;
    out.points.push_back(std::move(point));
    return std::nullopt;
  };
  const std::vector<records::Verdict> verdicts = records::verdicts(record);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const records::Measurement& m = record.measurements[i];
    const auto reason =
        verdicts[i] == records::Verdict::kCounts ? take(m) : std::optional(reason_of(verdicts[i]));
    if (reason) out.left_out[*reason].push_back(m.point);
  }
  return out;
}

std::vector<GpuGroup> families_of(const JoinedRecord& joined) {
  return grouped(joined.points, family_of);
}

std::vector<GpuGroup> groups_of(const JoinedRecord& joined) {
  std::vector<GpuGroup> out = grouped(joined.points, [](const JoinedPoint&) { return "all"; });
  for (GpuGroup& family : families_of(joined)) {
    std::vector<JoinedPoint> points;
    for (const JoinedPoint& point : joined.points)
      if (family_of(point) == family.name) points.push_back(point);
    out.push_back(std::move(family));
    std::vector<GpuGroup> kernels = grouped(points, kernel_of);
    if (kernels.size() > 1) std::move(kernels.begin(), kernels.end(), std::back_inserter(out));
  }
  return out;
}

std::vector<GpuGroup> attributed(const JoinedRecord& joined) {
  std::vector<JoinedPoint> points;
  for (const JoinedPoint& point : joined.points)
    if (!point.effects_ms.empty()) points.push_back(point);
  return grouped(points, kernel_of);
}

bool is_record(const std::string& path) {
  const std::filesystem::path extension = std::filesystem::path(path).extension();
  if (extension == ".jsonl" || extension == ".json") return true;
  std::ifstream in(path, std::ios::binary);
  char first = 0;
  return in >> first && (first == '{' || first == '[');
}

}  // namespace einfall::explore
