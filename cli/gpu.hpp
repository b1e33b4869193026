#pragma once

#include "cli/command.hpp"

/// The sub-commands of `einfall gpu`, one function for each, as for commands; gpu.cpp has their
/// table.
namespace einfall::cli {

[[nodiscard]] Run declare_gpu_predict(CLI::App& app);
[[nodiscard]] Run declare_gpu_compare(CLI::App& app);
[[nodiscard]] Run declare_gpu_measure(CLI::App& app);
[[nodiscard]] Run declare_gpu_fit(CLI::App& app);

}  // namespace einfall::cli
