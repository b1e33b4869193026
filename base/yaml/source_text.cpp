#include "base/yaml/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml/node.hpp"

namespace einfall::base::yaml {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

// Length of the well-formed UTF-8 sequence at `i`, or 0 (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const unsigned char a = byte_at(text, i), b = byte_at(text, i + 1);
  const auto follows = [&](std::size_t k) { return (byte_at(text, i + k) & 0xc0) == 0x80; };
  if (a < 0x80) return 1;
  if (a >= 0xc2 && a <= 0xdf) return follows(1) ? 2 : 0;
  if (a >= 0xe0 && a <= 0xef) {
    if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (a >= 0xf0 && a <= 0xf4) {
    if ((a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f)) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool is_control(std::string_view text, std::size_t i) {
  const unsigned char c = byte_at(text, i);
  if (c == '\t' || c == '\n') return false;
  if (c == '\r') return byte_at(text, i + 1) != '\n';
  return c < 0x20 || c == 0x7f;
}

SourceSpan span_at(const std::shared_ptr<const SourceFile>& file, std::size_t offset) {
  const std::string_view before = std::string_view(file->text).substr(0, offset);
  const std::size_t last = before.rfind('\n');
  const std::size_t start = last == std::string_view::npos ? 0 : last + 1;
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return {file, static_cast<std::uint32_t>(lines) + 1,
          static_cast<std::uint32_t>(offset - start) + 1, 1};
}

}  // namespace

std::optional<Diagnostic> check_text(const std::shared_ptr<const SourceFile>& file) {
  const std::string_view text = file->text;
  if (text.size() > kMaxDocumentBytes)
    return error("E014", {file, 0, 0, 1},
                 fmt::format("the file has {} bytes; a document may have {}", text.size(),
                             kMaxDocumentBytes));
  if (text.substr(0, 3) == "\xef\xbb\xbf")
    return error("E010", {file, 1, 1, 1}, "the file begins with a byte order mark",
                 "save it as UTF-8 without one");
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0)
      return error("E010", span_at(file, i),
                   fmt::format("byte 0x{:02x} is not UTF-8 here", byte_at(text, i)),
                   "documents are UTF-8 text");
    if (is_control(text, i))
      return error("E010", span_at(file, i),
                   fmt::format("control character 0x{:02x} in a document", byte_at(text, i)),
                   "documents are plain text; in double quotes \"\\x1b\" writes such a character");
    i += length;
  }
  return std::nullopt;
}

std::optional<std::size_t> end_of_quoted(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || byte_at(text, i + 1) != '\'') return i + 1;
      ++i;
    }
  }
  return std::nullopt;
}

std::uint32_t literal_indent(std::string_view source, std::size_t bar, std::string_view text) {
  // Both are walked line by line to the first line that is not blank.
  std::string_view rest = source.substr(std::min(bar, source.size()));
  while (!text.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return 0;
    rest.remove_prefix(end + 1);
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t blanks = line.find_first_not_of(' ');
    if (blanks != std::string_view::npos) {
      const std::size_t in_source = rest.find_first_not_of(' ');
      if (in_source == std::string_view::npos || in_source < blanks) return 0;
      return static_cast<std::uint32_t>(in_source - blanks);
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return 0;
}

}  // namespace einfall::base::yaml
