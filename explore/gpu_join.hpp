#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "explore/gpu_kernels.hpp"
#include "explore/gpu_report.hpp"

/// Measurements of the kernels of gpu_ref beside what was predicted of them.
namespace einfall::explore {

/// Why a measurement is not compared.
enum class NotCompared {
  kNoRun,
  kRehearsal,
  kWrong,
  kFailedCheck,
  kAgain,
  kStale,        // of other sources, or of sources that are not here
  kUnpredicted,  // would be compared, but nobody has predicted it
  kElsewhere,    // on a device that is not the one predicted for
  kNoTimes       // measured or predicted as nothing or less
};
[[nodiscard]] std::string_view name(NotCompared reason);         // "stale"
[[nodiscard]] std::string_view explanation(NotCompared reason);  // in words

struct JoinedPoint {
  /// With `predicted_ms`: the record's own where it has one, for that was there before; else the
  /// prediction of the point.
  gpu_ref::records::Measurement measurement;
  /// What the predicted time goes to; empty where the prediction does not say, or is not the one
  /// that the record has.
  std::vector<mappings::Effect> effects_ms;
};

struct JoinedRecord {
  std::vector<JoinedPoint> points;  // measurements that count, of the tree's sources
  std::map<NotCompared, std::vector<gpu_ref::records::Point>> left_out;
  std::vector<gpu_ref::records::Complaint> complaints;  // of both files

  [[nodiscard]] std::size_t count(NotCompared reason) const;
};
/// `root`: the tree that sources are looked for in.
[[nodiscard]] JoinedRecord join(const gpu_ref::records::Records& record,
                                const gpu_ref::records::Records& predictions,
                                const std::string& root);

/// By family of kernels ("k5").
[[nodiscard]] std::vector<GpuGroup> families_of(const JoinedRecord& joined);
/// All, then each family and, where a family has several, each kernel.
[[nodiscard]] std::vector<GpuGroup> groups_of(const JoinedRecord& joined);
/// By kernel, those points alone whose effects are known.
[[nodiscard]] std::vector<GpuGroup> attributed(const JoinedRecord& joined);

/// Whether a file is a record: by its name (.jsonl, .json), or since it begins as JSON does.
[[nodiscard]] bool is_record(const std::string& path);

}  // namespace einfall::explore
