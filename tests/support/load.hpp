#pragma once

#include <string>

#include "base/diagnostic.hpp"
#include "einsum/ir/cascade.hpp"

/// Cascades that must be right: each function fails the test with the diagnostics if one is not.
namespace einfall::tests {

/// From the text of a document. The remarks of loading are thrown away, or appended to `remarks`.
[[nodiscard]] einsum::Cascade cascade_from(const std::string& document);
[[nodiscard]] einsum::Cascade cascade_from(const std::string& document, base::Diagnostics& remarks);
/// The document `einfall: 1, name: test` with these further lines.
[[nodiscard]] einsum::Cascade cascade_of(const std::string& lines);
/// From a file; a path from the root of the repository, or an absolute one.
[[nodiscard]] einsum::Cascade cascade_at(const std::string& path);
[[nodiscard]] einsum::Cascade cascade_at(const std::string& path, base::Diagnostics& remarks);
/// workloads/cascades/<name>.yaml
[[nodiscard]] einsum::Cascade shipped_cascade(const std::string& name);

}  // namespace einfall::tests
