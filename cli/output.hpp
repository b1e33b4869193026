#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/diagnostic.hpp"
#include "cli/command.hpp"

namespace einfall::cli {

/// Makes sure that descriptors 0 to 2 are open, so that no file opened later takes their place, and
/// that a reader who goes away is an error to report rather than a signal that kills. To be called
/// before anything else.
void prepare_standard_streams();

/// Control characters other than new lines and tabs become '?', as in diagnostics: names come from
/// files, and no file may steer a terminal.
[[nodiscard]] std::string for_terminal(std::string text);

/// Writes all of `text` to standard output. Returns why not, if not.
[[nodiscard]] std::optional<std::string> write_standard_output(const std::string& text);

/// Writes a file completely or not at all: into a temporary neighbour that is then renamed.
/// Returns why not, if not.
[[nodiscard]] std::optional<std::string> write_file(const OutputFile& file);

/// Why a result will not be written there (E006), before there is one: long runs end with it at
/// once. Looks at the folder and at what stands in the file; leaves nothing behind.
[[nodiscard]] std::optional<base::Diagnostic> cannot_write(const std::string& path);

/// E006.
[[nodiscard]] base::Diagnostic unwritable(const std::string& path, const std::string& problem);

/// {severity, code, file, line, column, message, help, notes[]} of each, in the order of `render`.
[[nodiscard]] nlohmann::ordered_json to_json(const base::Diagnostics& diagnostics);

/// The text of a JSON document as the program prints it. Bytes that are not UTF-8 (they come from
/// hostile files) are replaced.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& document);

}  // namespace einfall::cli
