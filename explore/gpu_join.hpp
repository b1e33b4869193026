#pragma once

#include <string>
#include <vector>

#include "explore/gpu_kernels.hpp"
#include "explore/gpu_report.hpp"

/// Measurements of the kernels of gpu_ref beside what was predicted of them.
namespace einfall::explore {

struct JoinedRecord {
  /// Measurements that count and whose sources are the tree's, all with `predicted_ms`: the
  /// record's own where it has one, for that was there before; else the prediction of the point.
  std::vector<gpu_ref::records::Measurement> points;
  int unpredicted = 0;  // would be among them, but nobody has predicted them
  int stale = 0;        // of other sources, or of sources that are not here
  int elsewhere = 0;    // on a device that is not the one predicted for
  int no_times = 0;     // measured or predicted as nothing or less
  std::vector<gpu_ref::records::Complaint> complaints;  // of both files
};
/// `root`: the tree that sources are looked for in.
[[nodiscard]] JoinedRecord join(const gpu_ref::records::Records& record,
                                const gpu_ref::records::Records& predictions,
                                const std::string& root);

/// Errors of all, of each family of kernels ("k5") and, where a family has several, of each kernel.
[[nodiscard]] std::vector<GpuGroup> groups_of(const JoinedRecord& joined);

/// Whether a file is a record: what it begins with is an object of JSON.
[[nodiscard]] bool is_record(const std::string& path);

}  // namespace einfall::explore
