#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explore/gpu_prediction.hpp"

/// How predictions compare with measurements.
namespace einfall::explore {

/// Of relative errors predicted / measured - 1, in percent.
struct GpuErrors {
  std::size_t n = 0;
  double mape = 0;    // mean of absolute errors
  double median = 0;  // of absolute errors
  double p90 = 0;     // 90 % of absolute errors are smaller
  double max = 0;     // largest absolute error
  double bias = 0;    // mean of errors with their signs: negative, too fast
  /// Spearman's, of predicted and measured times; none where all of either are the same.
  std::optional<double> rank_correlation;
};
/// Of those predictions that have a measurement; n = 0 where none has.
[[nodiscard]] GpuErrors errors_of(const std::vector<GpuPrediction>& predictions);

/// Predictions that are looked at together.
struct GpuGroup {
  std::string name;
  std::vector<GpuPrediction> predictions;
};
/// By family, as far as there are any.
[[nodiscard]] std::vector<GpuGroup> families_of(const std::vector<GpuPrediction>& predictions);
/// Those with measurements: all of them first, then by family and by head dimension.
[[nodiscard]] std::vector<GpuGroup> groups_of(const std::vector<GpuPrediction>& predictions);

/// A row for each point, then the errors.
[[nodiscard]] std::string predictions_text(const std::vector<GpuPrediction>& predictions);
[[nodiscard]] std::string errors_text(const std::vector<GpuGroup>& groups);
/// What the predicted times of each group go to: the mean share of each effect, with the mean error
/// of the points of which it is the largest. Precondition: every prediction has effects.
[[nodiscard]] std::string effects_text(const std::vector<GpuGroup>& groups);

/// Predicted over measured times as SVG, a line for each group.
[[nodiscard]] std::string comparison_plot(const std::string& title,
                                          const std::vector<GpuGroup>& groups);

}  // namespace einfall::explore
