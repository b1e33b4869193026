#include "explore/conversion.hpp"

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
  return Conversion{cascade.name, std::move(exported.text), std::move(exported.lost)};
}

}  // namespace einfall::explore
