#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gpu_ref/host/microbenchmark.hpp"
#include "gpu_ref/host/problem.hpp"
#include "gpu_ref/records/record.hpp"

/// Measuring: what is asked of a kernel, in which order, and what is written down. All of it is
/// compiled for the GPU's program and for the CPU executor alike; what only one of them can do
/// stands behind Device.
namespace einfall::gpu_ref::measure {

struct Times {
  std::vector<double> us;  // of each repeat
  double sm_mhz = 0;       // over all of them, by the SMs' own clocks; 0 if not known
  double watts = 0;        // the highest seen meanwhile; 0 if not known
};

/// Who runs the kernels. A GPU's is in device/, the executor's in executor/.
class Device {
 public:
  virtual ~Device() = default;
  /// All of a run but its id, seed and start.
  [[nodiscard]] virtual records::Run facts() const = 0;
  [[nodiscard]] virtual double free_bytes() const = 0;
  /// Everything that can be measured here.
  [[nodiscard]] virtual std::vector<Kernel> kernels() const = 0;
  [[nodiscard]] virtual std::vector<Microbenchmark> microbenchmarks() const = 0;
  /// Runs work(0) .. work(repeats - 1) one after another on the stream, with nothing between them
  /// but the clock's readings, and waits. Errors are the stream's.
  virtual Times time(Stream& stream, int repeats, const std::function<void(int)>& work) = 0;
  /// Whether an error has left the device unusable for this process.
  [[nodiscard]] virtual bool lost() const = 0;
};

/// What the program was built from, as its build leaves it in a file beside it.
struct Build {
  std::string compiler, flags;
  struct Source {
    std::string name;  // from gpu_ref/: "kernels/k3_one_pass.cpp"
    std::string source_sha256, ptx_sha256;
  };
  std::vector<Source> sources;
  /// The entry of a source; one with empty hashes if there is none.
  [[nodiscard]] Source of(const std::string& name) const;
};
/// Lines "compiler TEXT", "flags TEXT", "source NAME SHA256", "ptx NAME SHA256".
[[nodiscard]] Build parse_build(const std::string& text);
/// The file that launches a kernel, from gpu_ref/.
[[nodiscard]] std::string launch_source(const Kernel& kernel);

}  // namespace einfall::gpu_ref::measure
