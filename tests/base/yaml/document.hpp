#pragma once

#include <memory>
#include <string>

#include "base/yaml/node.hpp"

namespace einfall::base::yaml {

/// Parses a text as the file "t.yaml".
inline Result<Node> parse_text(const std::string& text) {
  return parse(std::make_shared<SourceFile>(SourceFile{"t.yaml", text}));
}

/// "E012 2:1" of the first diagnostic, or "" if the text is a document.
inline std::string first_error(const std::string& text) {
  const Result<Node> node = parse_text(text);
  if (node) return {};
  const Diagnostic& d = node.error().front();
  return d.code + " " + std::to_string(d.span.line) + ":" + std::to_string(d.span.column);
}

/// The bytes of the source that a span covers.
inline std::string covered(const SourceSpan& span) {
  const std::string_view line = span.file->line(span.line);
  if (span.column - 1 >= line.size()) return {};
  return std::string(line.substr(span.column - 1, span.length));
}

}  // namespace einfall::base::yaml
