#include "cli/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace einfall::cli {
namespace {

// A word as it can be typed again: blanks and what a shell would take for itself in quotes.
std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?") == std::string::npos;
  return plain ? word : "'" + word + "'";
}

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

const CLI::App* parsed_command(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? nullptr : commands.front();
}

// With its dashes, the longest form: "--output".
std::string name_of(const CLI::Option& option) {
  return option.get_positional() ? option.get_name(true) : option.get_name();
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    if (!option->get_positional()) names.push_back(name_of(*option));
  return names;
}

std::vector<const CLI::Option*> arguments_of(const CLI::App& command) {
  std::vector<const CLI::Option*> arguments;
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional()) arguments.push_back(option);
  return arguments;
}

std::string help_of(const CLI::App& command) {
  return fmt::format("`einfall {} --help` lists what it takes", command.get_name());
}

// An option may be typed in its short form.
std::string as_typed(const CommandLine& line, const CLI::App& command, const std::string& name) {
  const CLI::Option* option = command.get_option_no_throw(name);
  if (option == nullptr || line.count(name) > 0) return name;
  for (const std::string& letter : option->get_snames())
    if (line.count("-" + letter) > 0) return "-" + letter;
  return name;
}

base::Diagnostics before_command(const CommandLine& line, const CLI::App& app) {
  base::Diagnostics found;
  for (const std::string& word : app.remaining())
    found.push_back(base::error("E003", line.place(word),
                                fmt::format("unknown option '{}' before the command", word),
                                suggestion(base::nearest(word, options_of(app)))));
  return found;
}

base::Diagnostics without_command(const CommandLine& line, const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const std::string known = fmt::format("the commands are {}", fmt::join(names, ", "));
  const std::vector<std::string> words = app.remaining();
  const auto command = std::find_if_not(words.begin(), words.end(), is_option);
  if (command != words.end()) {
    const std::string near = base::nearest(*command, names);
    return {base::error("E003", line.place(*command), fmt::format("unknown command '{}'", *command),
                        near.empty() ? known : suggestion(near))};
  }
  base::Diagnostics found = before_command(line, app);
  if (found.empty())
    found.push_back(base::error("E004", line.place(""), "a command is missing", known));
  return found;
}

base::Diagnostic unexpected(const CommandLine& line, const CLI::App& command,
                            const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (is_option(word)) {
    const std::string near = base::nearest(name, options_of(command));
    return base::error("E003", line.place(name),
                       fmt::format("`{}` has no option '{}'", command.get_name(), name),
                       near.empty() ? help_of(command) : suggestion(near));
  }
  std::vector<std::string> taken;
  for (const CLI::Option* argument : arguments_of(command)) taken.push_back(name_of(*argument));
  return base::error("E003", line.place(word),
                     fmt::format("unexpected argument '{}': `{}` takes one {}", word,
                                 command.get_name(), fmt::join(taken, ", one ")),
                     help_of(command));
}

// The parser says which option it is about before the first colon.
base::Diagnostic wrong_count(const CommandLine& line, const CLI::App& command,
                             const std::string& text) {
  const CLI::Option* option = command.get_option_no_throw(text.substr(0, text.find(':')));
  const std::string name = as_typed(line, command, text.substr(0, text.find(':')));
  if (line.count(name) > 1)
    return base::error("E005", line.place(name), fmt::format("{} is given more than once", name));
  if (option != nullptr && option->get_items_expected_max() == 0)
    return base::error("E005", line.place(name), fmt::format("{} takes no value", name));
  const std::string type = option == nullptr ? "" : option->get_type_name();
  return base::error("E004", line.place(name), fmt::format("the value of {} is missing", name),
                     type.empty() ? "" : fmt::format("it has the form {} {}", name, type));
}

}  // namespace

CommandLine::CommandLine(int argc, const char* const* argv) {
  auto line = std::make_shared<base::SourceFile>();
  line->name = "command line";
  line->text = "einfall";
  for (int i = 1; i < argc; ++i) {
    words_.push_back({argv[i], static_cast<std::uint32_t>(line->text.size() + 2)});
    line->text += " " + quoted(argv[i]);
  }
  std::replace(line->text.begin(), line->text.end(), '\n', ' ');  // it is one line
  line_ = std::move(line);
}

bool CommandLine::json() const { return count("--json") > 0; }

base::SourceSpan CommandLine::place(const std::string& word) const {
  for (const Word& w : words_)
    if (w.text == word || (!word.empty() && w.text.rfind(word + "=", 0) == 0))
      return {line_, 1, w.column, static_cast<std::uint32_t>(quoted(w.text).size())};
  return {line_, 1, static_cast<std::uint32_t>(line_->text.size() + 1), 1};
}

std::size_t CommandLine::count(const std::string& word) const {
  return static_cast<std::size_t>(std::count_if(words_.begin(), words_.end(), [&](const Word& w) {
    return w.text == word || w.text.rfind(word + "=", 0) == 0;
  }));
}

std::optional<base::SourceSpan> CommandLine::setting_in(const std::string& message) const {
  for (const Word& word : words_) {
    std::string text = word.text;
    for (const char* const option : {"--set=", "--vary="})
      if (text.rfind(option, 0) == 0) text.erase(0, std::string(option).size());
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || is_option(text)) continue;
    if (message.find("'" + text.substr(0, equals) + "'") != std::string::npos)
      return place(word.text);
  }
  return std::nullopt;
}

void place_settings(const CommandLine& line, base::Diagnostics& diagnostics) {
  for (base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.span.known()) continue;
    if (diagnostic.code == "E502") diagnostic.span = line.place("--tiles");
    if (diagnostic.code != "E221" && diagnostic.code != "E951") continue;
    if (const auto place = line.setting_in(diagnostic.message)) diagnostic.span = *place;
  }
}

base::Diagnostics diagnose(const CommandLine& line, const CLI::App& app, const BadOption& bad) {
  const CLI::App* command = parsed_command(app);
  std::string typed = command ? as_typed(line, *command, bad.option) : bad.option;
  if (!bad.value.empty() && line.count(bad.value) > 0) typed = bad.value;
  return {base::error("E005", line.place(typed), bad.option + ": " + bad.message, bad.help)};
}

base::Diagnostics diagnose(const CommandLine& line, const CLI::App& app,
                           const CLI::ParseError& problem) {
  const CLI::App* command = parsed_command(app);
  if (command == nullptr) return without_command(line, app);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&problem) != nullptr)
    return {wrong_count(line, *command, problem.what())};
  base::Diagnostics found = before_command(line, app);
  for (const std::string& word : command->remaining())
    found.push_back(unexpected(line, *command, word));
  for (const CLI::Option* argument : arguments_of(*command))
    if (argument->get_required() && argument->count() == 0)
      found.push_back(base::error("E004", line.place(""),
                                  fmt::format("`{}` needs {}: {}", command->get_name(),
                                              name_of(*argument), argument->get_description()),
                                  help_of(*command)));
  if (found.empty()) found.push_back(base::error("E005", line.place(""), problem.what()));
  return found;
}

std::string suggestion(const std::string& near) {
  return near.empty() ? "" : fmt::format("did you mean '{}'?", near);
}

CLI::Option* add_seed(CLI::App& app, std::uint64_t& seed, const std::string& help) {
  return app
      .add_option_function<std::string>(
          "--seed",
          [&seed](const std::string& text) {
            const char* end = text.data() + text.size();
            const auto [rest, error] = std::from_chars(text.data(), end, seed);
            if (error != std::errc() || rest != end)
              throw BadOption{
                  "--seed", fmt::format("'{}' is not a whole number from 0 to 2^64 - 1", text), {}};
          },
          help)
      ->type_name("UINT")
      ->default_str("1");
}

CLI::Option* add_path(CLI::App& app, const std::string& option, std::string& path,
                      const std::string& help) {
  const std::string name = option.substr(option.find("--"));
  return app
      .add_option_function<std::string>(
          option,
          [name, &path](const std::string& text) {
            if (text.empty() || text.rfind("--", 0) == 0)
              throw BadOption{name, fmt::format("'{}' is not the name of a file", text),
                              "give it, or leave " + name + " out"};
            path = text;
          },
          help)
      ->type_name("PATH");
}

}  // namespace einfall::cli
