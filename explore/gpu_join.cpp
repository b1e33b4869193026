#include "explore/gpu_join.hpp"

#include <fstream>
#include <map>

#include "einsum/language/symbols.hpp"

namespace einfall::explore {

namespace records = gpu_ref::records;

JoinedRecord join(const records::Records& record, const records::Records& predictions,
                  const std::string& root) {
  JoinedRecord out;
  out.complaints = record.complaints;
  out.complaints.insert(out.complaints.end(), predictions.complaints.begin(),
                        predictions.complaints.end());
  std::map<std::string, records::Prediction> predicted;
  for (const records::Prediction& p : predictions.predictions) predicted[records::key(p.point)] = p;
  std::map<std::string, std::string> devices;  // by run
  for (const records::Run& run : record.runs) devices[run.id] = einsum::to_lower(run.device);
  for (records::Measurement m : records::counted(record)) {
    if (records::freshness(m, root) != records::Freshness::kFresh) {
      ++out.stale;
      continue;
    }
    if (const auto found = predicted.find(records::key(m.point)); found != predicted.end()) {
      // A device has the name of its machine document: "NVIDIA H200", h200.
      if (devices[m.run].find(einsum::to_lower(found->second.machine)) == std::string::npos) {
        ++out.elsewhere;
        continue;
      }
      if (!m.predicted_ms) m.predicted_ms = found->second.predicted_ms;
    }
    if (!m.predicted_ms)
      ++out.unpredicted;
    else if (m.median_us > 0 && *m.predicted_ms > 0)
      out.points.push_back(std::move(m));
    else
      ++out.no_times;
  }
  return out;
}

std::vector<GpuGroup> groups_of(const JoinedRecord& joined) {
  std::vector<GpuPrediction> all;
  std::map<std::string, std::map<std::string, std::vector<GpuPrediction>>> families;
  for (const records::Measurement& m : joined.points) {
    GpuPrediction one;
    one.predicted_ms = *m.predicted_ms;
    one.point.measured_ms = m.median_us * 1e-3;
    all.push_back(one);
    const std::string& kernel = m.point.kernel;
    families[kernel.substr(0, kernel.find('-'))][kernel].push_back(one);
  }
  std::vector<GpuGroup> out;
  if (!all.empty()) out.push_back({"all", errors_of(all)});
  for (const auto& [family, kernels] : families) {
    std::vector<GpuPrediction> together;
    for (const auto& [kernel, points] : kernels)
      together.insert(together.end(), points.begin(), points.end());
    out.push_back({family, errors_of(together)});
    if (kernels.size() < 2) continue;
    for (const auto& [kernel, points] : kernels) out.push_back({kernel, errors_of(points)});
  }
  return out;
}

bool is_record(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  char first = 0;
  return in >> first && first == '{';
}

}  // namespace einfall::explore
