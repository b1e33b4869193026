#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.hpp"
#include "base/yaml/node.hpp"

namespace einfall::base::yaml {

/// Text that names a file: not empty (E001), for an empty name beside a document would be that of
/// its folder.
[[nodiscard]] std::optional<std::string> read_path(const Node& node, const std::string& what,
                                                   Diagnostics& sink);

/// What is wrong with an empty one.
[[nodiscard]] Diagnostic empty_path(const SourceSpan& span, const std::string& what);

}  // namespace einfall::base::yaml
