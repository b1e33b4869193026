#include "base/yaml/node.hpp"

#include <algorithm>

#include "base/read_source.hpp"
#include "base/yaml/reader.hpp"
#include "base/yaml/source_text.hpp"

namespace einfall::base::yaml {

const Node* Node::find(std::string_view key) const {
  for (const MapEntry& entry : entries)
    if (entry.key.text == key) return &entry.value;
  return nullptr;
}

std::string_view describe(const Node& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "text";
    case Kind::kSequence:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "nothing";
}

Result<Node> parse(std::shared_ptr<const SourceFile> file) {
  if (std::optional<Diagnostic> bad = check_text(file)) return failure(*std::move(bad));
  return read_events(file);
}

Result<Node> load(const std::string& path) {
  EINFALL_TRY(auto file, read_source(path, kMaxDocumentBytes));
  return parse(std::move(file));
}

SourceSpan span_inside(const Node& node, std::size_t offset, std::size_t length) {
  SourceSpan span = node.span;
  std::size_t line_begin = 0;
  std::size_t line_end = node.text.size();
  if (node.is_scalar() && node.style == ScalarStyle::kLiteral && !node.line_starts.empty()) {
    const auto& starts = node.line_starts;
    const auto next = std::upper_bound(starts.begin(), starts.end(), offset);
    const auto number = static_cast<std::uint32_t>(next - starts.begin());
    line_begin = starts[number - 1];
    if (next != starts.end()) line_end = *next;
    if (node.text[line_end - 1] == '\n') --line_end;
    span.line += number;
    span.column = node.indent + 1;
  } else if (node.is_scalar() && node.exact) {
    if (node.style == ScalarStyle::kQuoted) span.column += 1;
  } else {
    return span;
  }
  offset = std::min(offset, line_end);
  span.column += static_cast<std::uint32_t>(offset - line_begin);
  span.length =
      static_cast<std::uint32_t>(std::max<std::size_t>(1, std::min(length, line_end - offset)));
  return span;
}

}  // namespace einfall::base::yaml
