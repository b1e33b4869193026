#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gpu_ref/records/point.hpp"

/// What a measuring run leaves behind: a file of JSON, one object a line, only ever appended to.
/// Every line has "record", one of run, ceiling, validation, measurement, refusal, and the id of
/// its run; predictions, which stand in a file of their own, have none. Nothing here knows a GPU;
/// the standard library is all it needs.
namespace einfall::gpu_ref::records {

/// Where and with what a run was made. A line of every start of the program.
struct Run {
  std::string id;       // of this start: time and process
  std::string witness;  // "gpu", or "executor": a rehearsal on the CPU, never a measurement
  std::string device;   // "NVIDIA H200"
  int sm_count = 0;
  double sm_max_mhz = 0, memory_max_mhz = 0;  // 0 where not known
  double l2_bytes = 0, memory_bytes = 0;
  double shared_bytes_per_block = 0, shared_bytes_per_sm = 0;
  int registers_per_sm = 0;
  std::string capability;       // "9.0"
  std::string driver, runtime;  // versions of CUDA
  std::string compiler, flags;
  std::uint64_t seed = 0;  // of stimulus and order
  std::string power;       // what logs clocks and power, or why nothing does
  std::string started;     // UTC, "2026-11-22T21:30:00Z"
};

/// A constant of the machine as a microbenchmark found it.
struct Ceiling {
  std::string run;
  std::string id;    // "k0-copy"
  std::string unit;  // "B", "FLOP", "exp", "launch"
  double bytes = 0;  // of each stream, where that matters
  double median_us = 0, p10_us = 0, p90_us = 0;
  double per_second = 0;        // work a second, by the median
  double per_clock_and_sm = 0;  // by the clocks that the blocks themselves counted; 0 = none
  double sm_mhz = 0;            // 0 where not measured
};

/// One check of one kernel on one problem.
struct Validation {
  std::string run;
  Point point;
  std::string source_sha256;
  std::string check;  // "values", "ones", "permuted keys"
  bool passed = false;
  double error = 0, gate = 0;  // relative Frobenius where the check has one
  std::string message;         // what was wrong
};

/// What one launch of a point's kernel was, by the driver.
struct LaunchFacts {
  double blocks = 0;
  int threads = 0;
  double shared_bytes = 0;  // static and dynamic
  int registers = 0;        // a thread
  double local_bytes = 0;   // a thread: stack and spills
  int blocks_per_sm = 0;
};

/// How far values are from fp64.
struct Norms {
  double frobenius = 0;  // relative, over all rows checked
  double row = 0;        // the greatest relative error of a row
  double max_abs = 0;
  double cosine = 0;
};

struct Measurement {
  std::string run;
  Point point;
  std::string source;         // the file that launches, from gpu_ref/: "kernels/k3_one_pass.cpp"
  std::string source_sha256;  // of that file and all of its includes; see source_hash.hpp
  std::string ptx_sha256;     // empty where unknown
  int repeats = 0;
  double median_us = 0, p10_us = 0, p90_us = 0;
  double sm_mhz = 0;     // over the repeats, by the SMs' own clock; 0 where not measured
  double sm_cycles = 0;  // median_us at sm_mhz
  double watts = 0;      // the highest seen during the point; 0 where not measured
  std::vector<LaunchFacts> launches;
  // What the cascade and the tiling ask for.
  double dram_bytes = 0, sm_bytes = 0, multiply_adds = 0, exps = 0;
  std::optional<double> predicted_ms;  // committed before the run, where it was
  int rows_checked = 0;                // output rows compared with fp64
  Norms errors;
  double gate = 0;
  bool correct = false;  // errors within the gate: what is not correct is no measurement
  std::uint64_t seed = 0;
};

/// A point that was not measured, and why.
struct Refusal {
  std::string run;
  Point point;
  std::string source_sha256;
  std::string message;
};

/// A part of a time, by what it goes to.
struct EffectTime {
  std::string name;
  double ms = 0;
};

/// What a model expects of a point, said before it is measured; of no run.
struct Prediction {
  Point point;
  std::string machine;  // it is predicted for
  double predicted_ms = 0;
  double dram_bytes = 0;
  /// Points of the iteration space without padding: of products, and of exponentials, those that
  /// correct a running maximum included.
  double multiply_adds = 0, exps = 0;
  std::vector<EffectTime> effects;  // add up to predicted_ms, but for what is too small to matter
  std::string documents_sha256;  // of what decides it beside the program: cascade, machine, mapping
};

struct Records {
  std::vector<Run> runs;
  std::vector<Ceiling> ceilings;
  std::vector<Validation> validations;
  std::vector<Measurement> measurements;
  std::vector<Refusal> refusals;
  std::vector<Prediction> predictions;
  /// Lines that could not be read. A last line without its end, as a killed run leaves it, is one.
  std::vector<Complaint> complaints;
};

[[nodiscard]] std::string line_of(const Run& run);
[[nodiscard]] std::string line_of(const Ceiling& ceiling);
[[nodiscard]] std::string line_of(const Validation& validation);
[[nodiscard]] std::string line_of(const Measurement& measurement);
[[nodiscard]] std::string line_of(const Refusal& refusal);
[[nodiscard]] std::string line_of(const Prediction& prediction);

/// Reads lines as line_of writes them. Unknown keys are passed over: later versions may add some.
[[nodiscard]] Records parse_records(std::string_view text, const std::string& file);
/// The same of a file; one that cannot be read is a complaint.
[[nodiscard]] Records read_records(const std::string& file);

/// The run of a record; nullptr if the file has none of that id.
[[nodiscard]] const Run* run_of(const Records& records, const std::string& run);
/// Whether a measurement counts, and why it does not.
enum class Verdict {
  kCounts,
  kNoRun,        // the record has no run of its id
  kRehearsal,    // not by a GPU
  kWrong,        // its values are
  kFailedCheck,  // its kernel failed a validation with the same sources
  kAgain         // a later one of the same point and sources counts
};
/// Of each measurement, in the order of the file.
[[nodiscard]] std::vector<Verdict> verdicts(const Records& records);
/// What counts, in the order of the file. Stale ones are among them: see freshness().
[[nodiscard]] std::vector<Measurement> counted(const Records& records);

/// Whether a record speaks of the sources in the tree.
enum class Freshness { kFresh, kStale, kUnknown };
/// Compares the record's hash with that of the tree whose root is given; kUnknown where the sources
/// are not there.
[[nodiscard]] Freshness freshness(const Measurement& measurement, const std::string& root);

}  // namespace einfall::gpu_ref::records
