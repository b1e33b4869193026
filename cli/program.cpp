#include "cli/program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <set>
#include <vector>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"

namespace einfall::cli {
namespace {

int code(Exit exit) { return static_cast<int>(exit); }

// Nobody is left to tell if standard error cannot be written.
void put_error(const std::string& text) { std::fputs(text.c_str(), stderr); }
void complain(const std::string& text) { put_error("einfall: " + text + "\n"); }

// Prints and returns `wanted`, or the code of a failed write.
int finish(const std::string& text, Exit wanted) {
  if (const auto problem = write_standard_output(text)) {
    complain("cannot write standard output: " + *problem);
    return code(Exit::kInput);
  }
  return code(wanted);
}

std::optional<std::string> write_once(const OutputFile& file, std::set<std::string>& written) {
  std::error_code unknown;
  const auto target = std::filesystem::weakly_canonical(file.path, unknown);
  if (!unknown && !written.insert(target.string()).second &&
      !std::filesystem::is_character_file(target, unknown))
    return "another output is in this file";
  return write_file(file);
}

int deliver(Outcome outcome, bool json) {
  std::set<std::string> written;
  for (const OutputFile& file : outcome.files) {
    const auto problem = write_once(file, written);
    if (!problem) {
      outcome.text += file.told;
      continue;
    }
    outcome.diagnostics.push_back(unwritable(file.path, *problem));
    outcome.exit = Exit::kInput;
  }
  put_error(base::render(outcome.diagnostics));
  if (!json) return finish(for_terminal(std::move(outcome.text)), outcome.exit);
  outcome.json["diagnostics"] = to_json(outcome.diagnostics);
  return finish(json_text(outcome.json), outcome.exit);
}

struct Declared {
  CLI::App* app = nullptr;
  Run run;
};

int parse_and_run(int argc, const char* const* argv, const CommandLine& line) {
  CLI::App app("Attention kernels as cascades of Einsums: evaluated, counted and costed.",
               "einfall");
  app.set_version_flag("--version", "einfall " EINFALL_VERSION);
  app.require_subcommand(1);
  app.footer(
      "`einfall COMMAND --help` shows a command's options and examples.\nExit codes: 0 fine, "
      "1 the input is wrong, 2 the model failed, 3 a bug in Einfall, 77 skipped.");
  bool json = false;
  const auto add_json = [&json](CLI::App& to) {
    to.add_flag_callback(
        "--json", [&json] { json = true; }, "print JSON instead of text");
  };
  add_json(app);
  std::vector<Declared> declared(commands().size());
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const Command& command = commands()[i];
    Declared& entry = declared[i];
    entry.app = app.add_subcommand(command.name, command.summary);
    entry.app->footer(fmt::format("Examples:\n{}", command.examples));
    entry.run = command.declare(*entry.app);
    add_json(*entry.app);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return finish(app.help(), Exit::kFine);
  } catch (const CLI::CallForVersion& version) {
    return finish(version.what() + std::string("\n"), Exit::kFine);
  } catch (const CLI::ParseError& problem) {
    return deliver(rejected({}, diagnose(line, app, problem)), line.json());
  } catch (const BadOption& bad) {
    return deliver(rejected({}, diagnose(line, app, bad)), line.json());
  }
  for (const Declared& entry : declared)
    if (entry.app->parsed()) {
      Outcome outcome = entry.run();
      place_settings(line, outcome.diagnostics);
      return deliver(std::move(outcome), json);
    }
  return code(Exit::kBug);
}

}  // namespace

Outcome rejected(base::Diagnostics remarks, const base::Diagnostics& errors) {
  Outcome outcome;
  outcome.exit = Exit::kInput;
  outcome.diagnostics = std::move(remarks);
  outcome.diagnostics.insert(outcome.diagnostics.end(), errors.begin(), errors.end());
  return outcome;
}

int run_program(int argc, const char* const* argv) {
  const CommandLine line(argc, argv);
  try {
    return parse_and_run(argc, argv, line);
  } catch (const std::bad_alloc&) {
    return deliver(rejected({}, {base::error("E007", line.place(""),
                                             "out of memory: the sizes ask for more than this "
                                             "machine has")}),
                   line.json());
  } catch (const std::exception& problem) {
    complain(fmt::format("internal error: {}\nThis is a bug in Einfall, not in your input.",
                         problem.what()));
    return code(Exit::kBug);
  }
}

}  // namespace einfall::cli
