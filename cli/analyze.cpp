#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>

#include "cli/commands.hpp"
#include "cli/pass_report.hpp"
#include "cli/schedule_report.hpp"
#include "cli/settings.hpp"
#include "cli/usage.hpp"
#include "cli/work_report.hpp"
#include "einsum/language/load.hpp"

namespace einfall::cli {
namespace {

struct Options {
  std::string file;
  SizeSettings sizes;
  std::optional<base::Bytes> buffer;
  std::optional<TileRequest> tiles;
};

// Sizes, or unset where ranks have none: only passes can be counted then.
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
  if (*sizes)
    if (const auto params = einsum::bind_params(*cascade, **sizes); !params)
      return rejected(std::move(outcome.diagnostics), params.error());
  const auto analysis =
      einsum::analyze_passes(*cascade, einsum::sizes_for_passes(*cascade, options.sizes));
  if (!analysis) return rejected(std::move(outcome.diagnostics), analysis.error());

  const PassReport report{*cascade, *analysis, *sizes};
  outcome.json["cascade"] = cascade->name;
  outcome.json["sizes"] = nlohmann::ordered_json::object();
  if (*sizes)
    for (std::size_t i = 0; i < cascade->ranks.size(); ++i)
      outcome.json["sizes"][cascade->ranks[i].name] = (*sizes)->values[i];
  add_fields(report, outcome.json);
  outcome.text = text(report);
  const auto states = einsum::state_classes(*cascade);
  if (!states) return rejected(std::move(outcome.diagnostics), states.error());
  add_fields(*cascade, *states, outcome.json);
  outcome.text += text(*cascade, *states);
  if (*sizes) {
    const auto work = work_of(*cascade, **sizes, options.buffer);
    if (!work) return rejected(std::move(outcome.diagnostics), work.error());
    add_fields(*cascade, *work, outcome.json);
    outcome.text += "\n" + text(*cascade, *work);
    if (options.tiles && options.buffer) {
      const auto tiles = tile_report(*cascade, **sizes, *options.buffer, *options.tiles);
      if (!tiles) return rejected(std::move(outcome.diagnostics), tiles.error());
      add_fields(*tiles, outcome.json);
      outcome.text += text(*tiles);
    }
  }

  base::Diagnostics unmet = einsum::check_expectations(*cascade, *analysis);
  // A count that differs is a finding about the cascade; an expectation that names nothing is not.
  const auto misread = [](const base::Diagnostic& one) {
    return one.severity == base::Severity::kError && one.code != "E501";
  };
  if (base::has_errors(unmet))
    outcome.exit = std::any_of(unmet.begin(), unmet.end(), misread) ? Exit::kInput : Exit::kModel;
  std::move(unmet.begin(), unmet.end(), std::back_inserter(outcome.diagnostics));
  return outcome;
}

TileRequest parse_tiles(const std::string& text) {
  const auto first = text.find('/');
  const auto second = text.find('/', first == std::string::npos ? first : first + 1);
  if (first == std::string::npos || first == 0 || first + 1 == text.size())
    throw BadOption{"--tiles", "'" + text + "' is not SWEPT/TILED or SWEPT/TILED/CHUNK", {}};
  TileRequest request{text.substr(0, first), text.substr(first + 1, second - first - 1)};
  if (second != std::string::npos) request.chunk = parse_size("--tiles", text.substr(second + 1));
  return request;
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
         "bytes that the traffic bound is for: all that holds values on the chip together, "
         "registers "
         "included; K, M, G are powers of 1024")
      ->type_name("BYTES");
  app.add_option_function<std::string>(
         "--tiles", [options](const std::string& text) { options->tiles = parse_tiles(text); },
         "traffic of schedules that sweep one rank, in chunks of 128 unless given, for every tile "
         "of "
         "another: M/P")
      ->type_name("SWEPT/TILED[/CHUNK]");
  app.parse_complete_callback([options] {
    if (options->tiles && !options->buffer)
      throw BadOption{"--tiles", "no buffer is given to tile for", "give --buffer BYTES too"};
  });
  return [options] { return analyze(*options); };
}

}  // namespace einfall::cli
