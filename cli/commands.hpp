#pragma once

#include "cli/command.hpp"

/// One function for each command, each in a file of its name; commands.cpp has their table.
namespace einfall::cli {

[[nodiscard]] Run declare_analyze(CLI::App& app);
[[nodiscard]] Run declare_check(CLI::App& app);
[[nodiscard]] Run declare_compare(CLI::App& app);
[[nodiscard]] Run declare_convert(CLI::App& app);
[[nodiscard]] Run declare_cost(CLI::App& app);
[[nodiscard]] Run declare_eval(CLI::App& app);
[[nodiscard]] Run declare_gpu(CLI::App& app);
[[nodiscard]] Run declare_reproduce(CLI::App& app);
[[nodiscard]] Run declare_simulate(CLI::App& app);

}  // namespace einfall::cli
