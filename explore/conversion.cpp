#include "explore/conversion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/read_source.hpp"
#include "base/yaml/node.hpp"
#include "einsum/import/accelforge.hpp"
#include "einsum/import/export.hpp"
#include "einsum/import/teaal.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "einsum/language/print.hpp"

namespace einfall::explore {
namespace {

using Source = std::shared_ptr<const base::SourceFile>;

// The format whose section the document has; a document with none is read as a cascade, whose
// reader says what is missing.
CascadeFormat format_of(const base::yaml::Node& root) {
  if (root.find("expressions") != nullptr) return CascadeFormat::kEinfall;
  if (root.find("einsum") != nullptr) return CascadeFormat::kTeaal;
  if (root.find("workload") != nullptr) return CascadeFormat::kAccelforge;
  return CascadeFormat::kEinfall;
}

base::Result<einsum::Cascade> import(const Source& file, CascadeFormat format,
                                     base::Diagnostics& remarks) {
  if (format == CascadeFormat::kTeaal) return einsum::import_teaal(file, remarks);
  if (format == CascadeFormat::kAccelforge) return einsum::import_accelforge(file, remarks);
  return einsum::load_cascade(file, remarks);
}

// The Einsum that a line of an AccelForge workload is about, else the first.
const einsum::Einsum& einsum_at(const einsum::Cascade& cascade, const std::string& text,
                                std::uint32_t line) {
  static const std::string kName = "\n  - name: ";
  std::size_t end = 0;
  for (; line > 0 && end != std::string::npos; --line) end = text.find('\n', end + 1);
  const std::size_t at = text.rfind(kName, end);
  if (at == std::string::npos) return cascade.einsums.front();
  const std::size_t begin = at + kName.size();
  const auto found = cascade.find_einsum(text.substr(begin, text.find('\n', begin) - begin));
  return found ? cascade[*found] : cascade.einsums.front();
}

// Nobody shall find out later that a file is of no use: it says something, and what the import from
// AccelForge does not take is not written. (There is no import from Timeloop to ask.)
std::optional<base::Diagnostic> unusable(const einsum::Cascade& cascade,
                                         const einsum::Exported& exported, CascadeFormat format) {
  const char* const tool = format == CascadeFormat::kTimeloop ? "Timeloop" : "AccelForge";
  if (exported.einsums == 0)
    return base::error("E034", cascade.einsums.front().span,
                       fmt::format("none of the Einsums of '{}' can be said in the format of {}",
                                   cascade.name, tool),
                       exported.lost.empty() ? std::string() : "lost: " + exported.lost.front());
  if (format == CascadeFormat::kTimeloop) return std::nullopt;
  const auto file = std::make_shared<base::SourceFile>(base::SourceFile{"export", exported.text});
  base::Diagnostics ignored;
  const auto back = einsum::import_accelforge(file, ignored);
  if (back) return std::nullopt;
  const base::Diagnostic& first = back.error().front();
  return base::error("E034", einsum_at(cascade, exported.text, first.span.line).span,
                     fmt::format("an {} workload of '{}' could not be read back: {}", tool,
                                 cascade.name, first.message),
                     first.help);
}

}  // namespace

base::Result<Conversion> convert_cascade(const ConversionRequest& request,
                                         base::Diagnostics& remarks) {
  EINFALL_TRY(const Source file, base::read_source(request.file, base::yaml::kMaxDocumentBytes));
  EINFALL_TRY(const base::yaml::Node root, base::yaml::parse(file));
  EINFALL_TRY(const einsum::Cascade cascade,
              import(file, request.from.value_or(format_of(root)), remarks));
  if (request.to == CascadeFormat::kEinfall)
    return Conversion{cascade.name, einsum::print(cascade), {}};
  EINFALL_TRY(const einsum::Sizes sizes, einsum::bind_sizes(cascade, request.sizes));
  einsum::Exported exported = request.to == CascadeFormat::kTimeloop
                                  ? einsum::export_timeloop(cascade, sizes)
                                  : einsum::export_accelforge(cascade, sizes);
  if (auto reason = unusable(cascade, exported, request.to))
    return base::failure(*std::move(reason));
  return Conversion{cascade.name, std::move(exported.text), std::move(exported.lost)};
}

}  // namespace einfall::explore
