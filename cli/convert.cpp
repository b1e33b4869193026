#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/usage.hpp"
#include "explore/conversion.hpp"

namespace einfall::cli {
namespace {

using explore::CascadeFormat;
using Formats = std::map<std::string, CascadeFormat>;

struct Options {
  explore::ConversionRequest request;
  std::string output;
};

Outcome convert(const Options& options) {
  Outcome outcome;
  const auto conversion = explore::convert_cascade(options.request, outcome.diagnostics);
  if (!conversion) return rejected(std::move(outcome.diagnostics), conversion.error());
  outcome.json["cascade"] = conversion->name;
  outcome.json["text"] = conversion->text;
  outcome.json["lost"] = conversion->lost;
  if (options.output.empty())
    outcome.text = conversion->text;
  else
    outcome.files.push_back({options.output, conversion->text, true});
  return outcome;
}

}  // namespace

Run declare_convert(CLI::App& app) {
  auto options = std::make_shared<Options>();
  const Formats readable = {{"einfall", CascadeFormat::kEinfall},
                            {"teaal", CascadeFormat::kTeaal},
                            {"accelforge", CascadeFormat::kAccelforge}};
  const Formats writable = {{"einfall", CascadeFormat::kEinfall},
                            {"accelforge", CascadeFormat::kAccelforge},
                            {"timeloop", CascadeFormat::kTimeloop}};
  app.add_option("CASCADE", options->request.file, "a cascade in any of the formats")->required();
  app.add_option_function<std::string>(
         "--from",
         [options, readable](const std::string& text) {
           options->request.from = parse_choice("--from", text, readable);
         },
         "its format; default: told by its keys")
      ->type_name("einfall|teaal|accelforge");
  app.add_option_function<std::string>(
         "--to",
         [options, writable](const std::string& text) {
           options->request.to = parse_choice("--to", text, writable);
         },
         "the format to print; default: einfall")
      ->type_name("einfall|accelforge|timeloop");
  add_path(app, "-o,--output", options->output, "write there instead of to standard output");
  add_size_settings(app, options->request.sizes);
  return [options] { return convert(*options); };
}

}  // namespace einfall::cli
