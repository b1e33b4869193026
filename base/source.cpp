#include "base/source.hpp"

#include <fmt/format.h>

namespace einfall::base {

std::string_view SourceFile::line(std::uint32_t number) const {
  std::string_view rest = text;
  for (std::uint32_t i = 1; i < number; ++i) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

std::string SourceSpan::text() const {
  if (file == nullptr) return "<generated>";
  if (line == 0) return file->name;
  return fmt::format("{}:{}:{}", file->name, line, column);
}

}  // namespace einfall::base
