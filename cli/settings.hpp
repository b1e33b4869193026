#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace einfall::cli {

/// A size as users type it: 4096, 4K, 16M, 1G (powers of 1024). Throws BadOption.
[[nodiscard]] std::int64_t parse_size(const std::string& option, const std::string& text);

/// The values of a repeated `--set NAME=SIZE`.
using SizeSettings = std::map<std::string, std::int64_t>;

/// Declares `--set NAME=SIZE` on a command; the map is filled while the command line is parsed. A
/// name set twice is an error.
void add_size_settings(CLI::App& app, SizeSettings& settings);

/// Declares `--set` on a command that takes a cascade or a scenario: names with a capital letter
/// are ranks, others parameters of the scenario. A name set twice is an error.
void add_mixed_settings(CLI::App& app, SizeSettings& sizes,
                        std::map<std::string, std::string>& parameters);

/// Declares `--set NAME=VALUE` on a command, for the parameters of a scenario. A name set twice is
/// an error.
void add_text_settings(CLI::App& app, std::map<std::string, std::string>& settings);

}  // namespace einfall::cli
