#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch/machine.hpp"
#include "explore/gpu_prediction.hpp"

/// A few constants of a machine that were fitted to measurements, at most three for each family of
/// kernels, kept in a document that names what they were fitted to.
namespace einfall::explore {

/// Fits the constants of each family that has points to them: least squares of relative errors, by
/// a pattern search from the machine's own values. Errors: E972 fewer different points with a
/// time than constants, and those of predictions.
[[nodiscard]] base::Result<GpuFit> fit_gpu(const std::string& name, const std::string& trained_on,
                                           const std::vector<GpuPoint>& points,
                                           GpuPredictor& predictor);

/// What no machine like this can be, which a table in another unit leads to: rates above the data
/// sheet's, clocks above the machine's highest, constants at the end of what was searched. Empty
/// where nothing is.
[[nodiscard]] std::vector<std::string> doubts(const GpuFit& fit, const arch::Machine& machine);

/// The document, and back. Errors of the YAML reader; E972 more than three constants of a family.
[[nodiscard]] std::string fit_document(const GpuFit& fit);
[[nodiscard]] base::Result<GpuFit> load_gpu_fit(const std::string& path);
[[nodiscard]] std::vector<base::SchemaTable> gpu_fit_schema_tables();

}  // namespace einfall::explore
