#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explore/costing.hpp"
#include "gpu_ref/records/record.hpp"

/// Predicted times of the kernels of gpu_ref: a point of gpu_ref/points.csv becomes settings of the
/// scenario that has the kernel's name, which is bound and costed like any other. Constants are the
/// machine's own: nothing is fitted.
namespace einfall::explore {

struct KernelPrediction {
  gpu_ref::records::Prediction record;
  std::vector<mappings::Effect> effects_ms;  // add up to predicted_ms
  /// Why there is no prediction; empty: there is one.
  base::Diagnostics refused;
};

class KernelPredictor {
 public:
  /// Why the kernel itself does not do what a point asks; empty if it does.
  using Refusal = std::function<std::string(const gpu_ref::records::Point&)>;

  /// `folder`: of scenarios named after kernels (workloads/scenarios/gpu); `machine`: a value of
  /// their parameter of that name.
  KernelPredictor(std::string folder, std::string machine, Refusal refusal);

  /// What cannot be predicted says so in `refused`: E971 a kernel without a scenario, a point that
  /// its scenario has no parameter for, or that the kernel refuses; errors of costing. `file` is
  /// where the point stands.
  [[nodiscard]] KernelPrediction predict(const gpu_ref::records::Point& point,
                                         std::shared_ptr<const base::SourceFile> file);

 private:
  base::Result<Costed> cost(const gpu_ref::records::Point& point, const base::SourceSpan& span);

  std::string folder_;
  std::string machine_;
  Refusal refusal_;
  Documents documents_;
};

struct KernelPoints {
  std::shared_ptr<const base::SourceFile> file;
  std::vector<gpu_ref::records::Point> points;
};
/// The points of a file whose first row names a column `kernel` (gpu_ref/records/point.hpp);
/// nothing where there is no such column. Error E970: the file cannot be read, or a row is wrong.
[[nodiscard]] base::Result<std::optional<KernelPoints>> read_kernel_points(const std::string& path);

/// Lines of JSON, a prediction each: what is committed as gpu_ref/predictions.jsonl. What was
/// refused has none.
[[nodiscard]] std::string prediction_lines(const std::vector<KernelPrediction>& predictions);
/// A row for each point.
[[nodiscard]] std::string predictions_text(const std::vector<KernelPrediction>& predictions);

}  // namespace einfall::explore
