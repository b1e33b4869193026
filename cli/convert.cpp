#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "einsum/language/load.hpp"
#include "einsum/language/print.hpp"

namespace einfall::cli {
namespace {

struct Options {
  std::string file;
  std::string output;
};

Outcome convert(const Options& options) {
  Outcome outcome;
  const auto cascade = einsum::load_cascade(options.file, outcome.diagnostics);
  if (!cascade) return rejected(std::move(outcome.diagnostics), cascade.error());
  outcome.text = einsum::print(*cascade);
  outcome.json["name"] = cascade->name;
  outcome.json["text"] = outcome.text;
  if (!options.output.empty()) {
    outcome.files.push_back({options.output, outcome.text});
    outcome.text.clear();
  }
  return outcome;
}

}  // namespace

Run declare_convert(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("CASCADE", options->file, "a cascade document")->required();
  app.add_option("-o,--output", options->output, "write there instead of to standard output");
  return [options] { return convert(*options); };
}

}  // namespace einfall::cli
