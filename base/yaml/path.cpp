#include "base/yaml/path.hpp"

#include "base/yaml/scalar.hpp"

namespace einfall::base::yaml {

std::optional<std::string> read_path(const Node& node, const std::string& what, Diagnostics& sink) {
  auto path = read_text(node, what, sink);
  if (!path || !path->empty()) return path;
  sink.push_back(empty_path(node.span, what));
  return std::nullopt;
}

Diagnostic empty_path(const SourceSpan& span, const std::string& what) {
  return error("E001", span, what + " is an empty path, expected that of a file",
               "name a file, relative to the folder of this document");
}

void note_where_named(Diagnostics& errors, const std::string& path, const SourceSpan& place) {
  if (errors.empty() || place.file == nullptr) return;
  Diagnostic& first = errors.front();
  const bool unread = first.code == "E001" && !first.span.known() && first.notes.empty() &&
                      first.span.file != nullptr && first.span.file->name == path;
  if (unread) first.notes.push_back({place, "named here"});
}

}  // namespace einfall::base::yaml
