#include <CLI/CLI.hpp>
#include <iterator>
#include <memory>

#include "cli/commands.hpp"
#include "cli/pass_report.hpp"
#include "cli/settings.hpp"
#include "cli/work_report.hpp"
#include "einsum/language/load.hpp"

namespace einfall::cli {
namespace {

struct Options {
  std::string file;
  SizeSettings sizes;
  std::optional<base::Bytes> buffer;
};

// Sizes, or unset where ranks have none: passes can be counted without.
base::Result<std::optional<einsum::Sizes>> sizes_of(const einsum::Cascade& cascade,
                                                    const SizeSettings& settings) {
  auto sizes = einsum::bind_sizes(cascade, settings);
  if (sizes) return std::optional(*std::move(sizes));
  for (const base::Diagnostic& diagnostic : sizes.error())
    if (diagnostic.code != "E220") return base::failure(sizes.error());
  return std::optional<einsum::Sizes>();
}

Outcome analyze(const Options& options) {
  Outcome outcome;
  const auto cascade = einsum::load_cascade(options.file, outcome.diagnostics);
  if (!cascade) return rejected(std::move(outcome.diagnostics), cascade.error());
  const auto sizes = sizes_of(*cascade, options.sizes);
  if (!sizes) return rejected(std::move(outcome.diagnostics), sizes.error());
  const auto analysis = einsum::analyze_passes(*cascade);
  if (!analysis) return rejected(std::move(outcome.diagnostics), analysis.error());

  const PassReport report{*cascade, *analysis, *sizes};
  outcome.json["cascade"] = cascade->name;
  outcome.json["sizes"] = nlohmann::ordered_json::object();
  if (*sizes)
    for (std::size_t i = 0; i < cascade->ranks.size(); ++i)
      outcome.json["sizes"][cascade->ranks[i].name] = (*sizes)->values[i];
  add_fields(report, outcome.json);
  outcome.text = text(report);
  if (*sizes) {
    const auto work = work_of(*cascade, **sizes, options.buffer);
    if (!work) return rejected(std::move(outcome.diagnostics), work.error());
    add_fields(*cascade, *work, outcome.json);
    outcome.text += "\n" + text(*cascade, *work);
  }

  base::Diagnostics unmet = einsum::check_expectations(*cascade, *analysis);
  if (base::has_errors(unmet)) outcome.exit = Exit::kModel;
  std::move(unmet.begin(), unmet.end(), std::back_inserter(outcome.diagnostics));
  return outcome;
}

}  // namespace

Run declare_analyze(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("CASCADE", options->file, "a cascade document")->required();
  add_size_settings(app, options->sizes);
  app.add_option_function<std::string>(
         "--buffer",
         [options](const std::string& text) {
           options->buffer = base::Bytes(parse_size("--buffer", text));
         },
         "bytes of on-chip memory that the traffic bound is for; K, M, G are powers of 1024")
      ->type_name("BYTES");
  return [options] { return analyze(*options); };
}

}  // namespace einfall::cli
