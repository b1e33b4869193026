#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explore/costing.hpp"
#include "explore/gpu_points.hpp"

/// Predicted times of attention on a GPU: each point becomes settings of one scenario, which is
/// bound and costed like any other.
namespace einfall::explore {

/// Kernels that share fitted constants.
enum class GpuFamily { kPrefill, kDecode };
[[nodiscard]] std::string_view name(GpuFamily family);  // "prefill"

/// Values that take the place of the machine's. Prefill is fitted by the tensor clock, decode by
/// launch, bandwidth and the rate of the first bytes, whose number is not fitted.
struct GpuConstants {
  std::optional<base::Cycles> launch, start;
  std::optional<base::Hertz> tensor_clock;
  std::optional<base::BytesPerSecond> bandwidth;
  std::optional<arch::ColdStart> cold;
};

struct GpuFit {
  std::string name;
  std::string machine;     // it was fitted on, and is for
  std::string trained_on;  // a file of points
  std::string doc;
  std::map<GpuFamily, GpuConstants> families;
};

struct GpuPrediction {
  GpuPoint point;
  GpuFamily family = GpuFamily::kPrefill;
  Settings settings;  // of the scenario
  double predicted_ms = 0;
  std::vector<mappings::Effect> effects_ms;  // add up to it
  double dram_bytes = 0;
  /// Why there is no prediction; empty: there is one.
  base::Diagnostics refused;

  [[nodiscard]] std::optional<double> relative_error() const;  // predicted / measured - 1
};

/// A point bound and costed with the machine's own constants, to be timed with others.
struct GpuCosted {
  GpuFamily family = GpuFamily::kPrefill;
  Settings settings;
  Costed costed;
  std::optional<Costed> combined;  // the kernel behind it that puts spans of keys together
  /// A kernel of the other family that does the same, slower with the machine's own constants.
  std::shared_ptr<const GpuCosted> other = nullptr;
};

class GpuPredictor {
 public:
  /// `scenario`: a document with the parameters of workloads/scenarios/gpu_attention.yaml;
  /// `machine`: a value of its parameter of that name.
  GpuPredictor(std::string scenario, std::string machine);

  /// Errors: E971 a point that no kernel of the scenario does, and those of costing.
  [[nodiscard]] base::Result<GpuCosted> cost(const GpuPoint& point);
  /// What cannot be predicted says so in `refused`.
  [[nodiscard]] GpuPrediction predict(const GpuPoint& point, const GpuFit* fit);

  [[nodiscard]] const std::string& machine() const { return machine_; }

 private:
  base::Result<GpuCosted> cost_anew(const GpuPoint& point);
  base::Result<Costed> with_largest_block(Settings& settings);
  struct Split {
    Settings settings;
    Costed costed;
    Costed combined;
  };
  base::Result<Costed> with_splits(GpuCosted& out, const GpuPoint& point);
  // None: no number of spans is faster than the whole.
  base::Result<std::optional<Split>> fastest_split(const Settings& settings, const Costed& whole,
                                                   std::int64_t groups);

  std::string scenario_;
  std::string machine_;
  Documents documents_;
  std::map<Settings, GpuCosted> known_;  // by what tells points apart, some of those costed
};

/// The machine with these constants in place of its own.
[[nodiscard]] arch::Machine with_constants(arch::Machine machine, const GpuConstants& constants);
/// A family's constants; the DRAM is that of decoding where the family has no other.
[[nodiscard]] GpuConstants constants_of(const GpuFit& fit, GpuFamily family);
/// Time of what was costed, with these constants in place of the machine's.
[[nodiscard]] base::Result<mappings::DispatchTime> time_on(const GpuCosted& costed,
                                                           const GpuConstants& constants);

}  // namespace einfall::explore
