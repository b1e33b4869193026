#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Reads a cascade document: YAML, parse, desugar, verify. All errors of the file at once; warnings
/// and the report of desugared reductions are appended to `remarks`.
[[nodiscard]] base::Result<Cascade> load_cascade(const std::string& path,
                                                 base::Diagnostics& remarks);
[[nodiscard]] base::Result<Cascade> load_cascade(std::shared_ptr<const base::SourceFile> file,
                                                 base::Diagnostics& remarks);

}  // namespace einfall::einsum
