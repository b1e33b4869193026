#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.hpp"
#include "base/result.hpp"
#include "base/yaml/node.hpp"

namespace einfall::base::yaml {

/// Text that names a file: not empty (E001), for an empty name beside a document would be that of
/// its folder.
[[nodiscard]] std::optional<std::string> read_path(const Node& node, const std::string& what,
                                                   Diagnostics& sink);

/// What is wrong with an empty one.
[[nodiscard]] Diagnostic empty_path(const SourceSpan& span, const std::string& what);

/// Adds the place that names the file `path` to the first of the errors of reading it, once.
void note_where_named(Diagnostics& errors, const std::string& path, const SourceSpan& place);

/// The same for what came of loading the file.
template <class T>
[[nodiscard]] Result<T> named_at(Result<T> loaded, const std::string& path,
                                 const SourceSpan& place) {
  if (!loaded) note_where_named(loaded.error(), path, place);
  return loaded;
}

}  // namespace einfall::base::yaml
