#pragma once

#include <string>
#include <vector>

namespace einfall::base {

/// A table for terminals: columns as wide as their widest cell, two spaces between them, headings
/// on top. Lines end without trailing blanks.
class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  /// An empty title in every column leaves the line of headings out.
  explicit TextTable(std::vector<Column> columns);

  /// Precondition: one cell for each column.
  void add(std::vector<std::string> cells);

  /// Every line begins with `indent` spaces.
  [[nodiscard]] std::string text(std::size_t indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace einfall::base
