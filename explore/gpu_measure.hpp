#pragma once

#include <string>
#include <vector>

#include "gpu_ref/records/record.hpp"

/// Measuring the kernels on a GPU: the program that does it, and what its record says afterwards.
namespace einfall::explore {

struct MeasuringRequest {
  std::string program;                 // einfall-gpu-measure
  std::string command = "all";         // ceilings, validate, time or all
  std::string record;                  // lines are added to it
  std::string points;                  // for time and all
  std::vector<std::string> arguments;  // further ones, as the program takes them
};

/// How the program ended. It writes to standard error as it goes.
struct MeasuringEnd {
  int exit = 0;         // 0 fine, 1 wrong input, 2 a check failed, 77 nothing was done
  std::string skipped;  // why nothing was done, where that is so
};
/// Runs the program until it is done, starting it again where it asks for that (a kernel that
/// hung). Without the program, or without a GPU, that is a skip and never a pass.
[[nodiscard]] MeasuringEnd run_measuring_program(const MeasuringRequest& request);

/// A record, summed up.
struct RecordSummary {
  int runs = 0;  // starts of the program
  /// Points that count: on a GPU, correct, of a kernel that failed no check, of the sources in the
  /// tree.
  int measured = 0;
  int stale = 0;      // would count, but the sources have changed since
  int unknown = 0;    // would count, but the sources are not in the tree
  int wrong = 0;      // measured with wrong values
  int rehearsed = 0;  // by the CPU executor, or of a run that is not in the record
  int refused = 0;
  int checks_passed = 0, checks_failed = 0;
  std::vector<std::string> failures;  // each failed check, wrong point and refusal, in a line
  std::vector<gpu_ref::records::Complaint> complaints;  // lines that could not be read
};
/// `root` is the tree that the sources are looked for in.
[[nodiscard]] RecordSummary summarise(const gpu_ref::records::Records& records,
                                      const std::string& root);

}  // namespace einfall::explore
