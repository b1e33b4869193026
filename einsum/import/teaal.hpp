#pragma once

#include <memory>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Reads the `einsum:` section of a TeAAL specification: declaration and expressions, `take(...)`
/// and the older `sum(K).(...)` included. TeAAL gives no rank sizes, so the ranks have none. A
/// lower-case factor (a scalar there) becomes an input without ranks. What is not taken over
/// (mapping, architecture, format) and where `+` means less here (TeAAL's is a union) is appended
/// to `remarks` (N31, N33). Errors: E031 no such section, E032 something in it that is not
/// TeAAL, and those of the cascade it turns into, located in the given file.
[[nodiscard]] base::Result<Cascade> import_teaal(std::shared_ptr<const base::SourceFile> file,
                                                 base::Diagnostics& remarks);

}  // namespace einfall::einsum
