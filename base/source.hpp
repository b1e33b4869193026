#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace einfall::base {

/// The text of one input document with the name it is reported under.
struct SourceFile {
  std::string name;
  std::string text;

  /// Line `line` (1-based) without its end; empty past the end of the file.
  [[nodiscard]] std::string_view line(std::uint32_t line) const;
};

/// A stretch of one line of a source file. Lines and columns are 1-based; columns count bytes.
/// A default constructed span points nowhere (generated nodes); line 0 means "the whole file".
struct SourceSpan {
  std::shared_ptr<const SourceFile> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;

  [[nodiscard]] bool known() const { return file != nullptr && line > 0; }
  /// "file:line:col", or "file", or "<generated>".
  [[nodiscard]] std::string text() const;
};

}  // namespace einfall::base
