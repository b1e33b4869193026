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

}  // namespace einfall::base::yaml
