#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "gpu_ref/check/battery.hpp"
#include "gpu_ref/measure/point.hpp"
#include "gpu_ref/measure/watchdog.hpp"

namespace einfall::gpu_ref::measure {

struct SessionOptions {
  std::uint64_t seed = 1;  // of stimulus and order
  double limit_s = 1e9;    // of all steps together; a step that has begun is ended
  double hang_s = 20;      // of one step
  std::vector<std::string> only_kernels, only_sets;  // all if empty
  check::Extent extent = check::Extent::kFull;
  PointOptions point;
  std::map<std::string, double> predicted_ms;  // by key of the point
};

/// What came of a list of steps.
struct Tally {
  int done = 0, failed = 0, known = 0, left = 0;
  bool device_lost = false;  // a new process may go on
};

/// One start of the program: everything it finds out becomes a line of the record at once.
class Session {
 public:
  /// `earlier` is what the record held when it was opened: what is in it with the same witness and
  /// the same sources is not done again. A kernel that hung or lost the device there is left out,
  /// but for when it is asked for by name: every step of it could cost as much again.
  Session(Device& device, Build build, records::Appender& record, const records::Records& earlier,
          SessionOptions options, std::ostream& out);

  /// Every microbenchmark, each at its sizes.
  Tally ceilings();
  /// The battery of every kernel.
  Tally validate();
  /// The points in an order that the seed decides.
  Tally time(const std::vector<records::Point>& points);

 private:
  struct Listed {
    Kernel kernel;
    Build::Source source;
  };
  [[nodiscard]] bool time_left() const;
  [[nodiscard]] const Listed* kernel_of(const std::string& id) const;
  void ceiling(const Microbenchmark& benchmark, std::int64_t bytes, Tally& tally);
  [[nodiscard]] bool left_out(const Listed& listed) const;
  void validate(const Listed& listed, Tally& tally);
  void measure(const records::Point& point, Tally& tally);

  Device& device_;
  records::Appender& record_;
  SessionOptions options_;
  std::ostream& out_;
  records::Run run_;
  std::vector<Listed> kernels_;
  std::vector<std::string> known_;    // sorted; what earlier runs have done
  std::vector<std::string> harmful_;  // kernels, with their sources, that hung or lost the device
  Watchdog watchdog_;
  double began_;
};

}  // namespace einfall::gpu_ref::measure
