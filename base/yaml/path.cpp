#include "base/yaml/path.hpp"

#include <algorithm>
#include <tuple>

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
  const auto inside = [&](const Diagnostic& one) {
    return one.span.file != nullptr && one.span.file->name == path;
  };
  // The first that is shown; of the file itself, if one is.
  Diagnostic& first =
      *std::min_element(errors.begin(), errors.end(), [&](const auto& a, const auto& b) {
        return std::tuple(!inside(a), a.span.line, a.span.column) <
               std::tuple(!inside(b), b.span.line, b.span.column);
      });
  for (const DiagnosticNote& note : first.notes)
    if (note.span.text() == place.text() || note.message == "named here") return;
  first.notes.push_back({place, inside(first) ? "named here" : "'" + path + "' is named here"});
}

}  // namespace einfall::base::yaml
