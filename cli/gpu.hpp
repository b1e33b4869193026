#pragma once

#include <string>

#include "cli/command.hpp"
#include "explore/gpu_kernels.hpp"
#include "explore/gpu_report.hpp"

/// The sub-commands of `einfall gpu`, one function for each, as for commands; gpu.cpp has their
/// table.
namespace einfall::cli {

[[nodiscard]] Run declare_gpu_predict(CLI::App& app);
[[nodiscard]] Run declare_gpu_compare(CLI::App& app);
[[nodiscard]] Run declare_gpu_measure(CLI::App& app);
[[nodiscard]] Run declare_gpu_fit(CLI::App& app);

/// Errors of a group of points, with the names of `gpu compare`.
[[nodiscard]] nlohmann::ordered_json errors_json(const explore::GpuErrors& errors);

/// Points of the kernels of gpu_ref, predicted; as lines of JSON in `output`, where it is not
/// empty.
[[nodiscard]] Outcome predict_kernels(const explore::KernelPoints& points,
                                      const std::string& machine, const std::string& output);
/// A record of a measuring run beside the predictions of a file (empty: those that ship); drawn
/// into `plot`, where it is not empty.
[[nodiscard]] Outcome compare_records(const std::string& record, const std::string& predictions,
                                      const std::string& plot);

}  // namespace einfall::cli
