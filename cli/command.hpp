#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"

namespace CLI {
class App;
}

/// The program `einfall`: what a command is. A command declares its options, calls the library and
/// says what to print; it neither prints nor exits itself.
namespace einfall::cli {

/// The program's exit codes.
enum class Exit {
  kFine = 0,
  kInput = 1,    // the user's input is wrong
  kModel = 2,    // the model failed: mismatch, deadlock, a check that does not hold
  kBug = 3,      // a bug in Einfall
  kSkipped = 77  // nothing was done: no device
};

/// A file that a command wants written.
struct OutputFile {
  std::string path;
  std::string content;
  /// Itself a document (einfall: 1), which may take the place of one.
  bool document = false;
  /// What the text says of it at its end, once it is written.
  std::string told = {};
};

/// What a command has to say. `text` goes to standard output, or `json` where --json was given
/// (keys in the order of insertion); diagnostics go to standard error in any case.
struct Outcome {
  Exit exit = Exit::kFine;
  std::string text;
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  base::Diagnostics diagnostics;
  std::vector<OutputFile> files;
};

/// An outcome that only reports why the input is wrong, after the remarks made until then.
[[nodiscard]] Outcome rejected(base::Diagnostics remarks, const base::Diagnostics& errors);

using Run = std::function<Outcome()>;

/// One row of the table of commands. `declare` adds the command's options to `app` and returns what
/// runs once they are parsed; it owns the variables they are parsed into.
struct Command {
  const char* name;
  const char* summary;
  const char* examples;
  Run (*declare)(CLI::App& app);
};

/// Every command, in the order of the help text.
[[nodiscard]] std::span<const Command> commands();

}  // namespace einfall::cli
