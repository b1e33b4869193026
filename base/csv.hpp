#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace einfall::base {

struct CsvField {
  std::string text;                      // without blanks around it, and without quotes (RFC 4180)
  std::uint32_t column = 1, length = 1;  // where it stands in its line, quotes left out
};

/// Fields of one line. In quotes a comma is text, and two quotes are one; a quote that nothing
/// closes goes to the end of the line.
[[nodiscard]] std::vector<CsvField> csv_fields(std::string_view line);

/// Calls row(number of the line, fields) for every line that is neither blank nor a comment (`#`),
/// until it returns false. A byte-order mark at the beginning and carriage returns at the ends of
/// lines are no text.
void each_csv_row(
    std::string_view text,
    const std::function<bool(std::uint32_t line, const std::vector<CsvField>& fields)>& row);

}  // namespace einfall::base
