#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

/// What is wrong with a command line, in the words of the project: the library that parses it only
/// says that something is.
namespace einfall::cli {

/// The words as the user typed them, as a source file of one line to point into.
class CommandLine {
 public:
  CommandLine(int argc, const char* const* argv);

  /// Is one of the words `--json`? For where the line could not be parsed.
  [[nodiscard]] bool json() const;
  /// Where the first word stands that is `word` or begins with `word=`; else the end of the line.
  [[nodiscard]] base::SourceSpan place(const std::string& word) const;
  [[nodiscard]] std::size_t count(const std::string& word) const;
  /// Where the first word stands that sets, as NAME=VALUE, a name which `message` quotes.
  [[nodiscard]] std::optional<base::SourceSpan> setting_in(const std::string& message) const;

 private:
  struct Word {
    std::string text;
    std::uint32_t column;
  };
  std::vector<Word> words_;
  std::shared_ptr<const base::SourceFile> line_;
};

/// Thrown by whatever reads the value of an option; `option` with its dashes.
struct BadOption {
  std::string option;
  std::string message;
  std::string help;
  std::string value = {};  // as typed, where an option can have several
};
/// What made the parser give up: E003 words that mean nothing, E004 words that are missing, E005
/// values of options. `app` is the program as the parser left it.
[[nodiscard]] base::Diagnostics diagnose(const CommandLine& line, const CLI::App& app,
                                         const CLI::ParseError& problem);
[[nodiscard]] base::Diagnostics diagnose(const CommandLine& line, const CLI::App& app,
                                         const BadOption& bad);

/// A library knows the settings it was given, but not where they were typed: its errors about them
/// that have no line (E221, E951) are put there.
void place_settings(const CommandLine& line, base::Diagnostics& diagnostics);

/// "did you mean 'x'?", or empty where nothing is near.
[[nodiscard]] std::string suggestion(const std::string& near);

/// The value of an option that is one of a few words. Throws BadOption.
template <class T>
[[nodiscard]] T parse_choice(const std::string& option, const std::string& text,
                             const std::map<std::string, T>& choices) {
  const auto found = choices.find(text);
  if (found != choices.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  throw BadOption{option, fmt::format("'{}' is not one of {}", text, fmt::join(names, ", ")),
                  suggestion(base::nearest(text, names))};
}

/// Declares `--seed`: a whole number from 0 to 2^64 - 1, 1 if it is not given.
CLI::Option* add_seed(CLI::App& app, std::uint64_t& seed, const std::string& help);

/// Declares an option whose value is the name of a file or a folder, which cannot be empty.
CLI::Option* add_path(CLI::App& app, const std::string& option, std::string& path,
                      const std::string& help);

}  // namespace einfall::cli
