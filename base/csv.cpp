#include "base/csv.hpp"

#include <algorithm>

namespace einfall::base {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::vector<CsvField> csv_fields(std::string_view line) {
  std::vector<CsvField> fields;
  for (std::size_t at = 0;; ++at) {
    at = std::min(line.find_first_not_of(kBlank, at), line.size());
    const bool quoted = at < line.size() && line[at] == '"';
    if (quoted) ++at;
    CsvField field;
    field.column = static_cast<std::uint32_t>(at + 1);
    std::size_t end = at;
    for (; end < line.size(); ++end) {
      if (quoted ? line[end] == '"' : line[end] == ',') {
        if (!quoted || end + 1 == line.size() || line[end + 1] != '"') break;
        ++end;
      }
      field.text += line[end];
    }
    if (!quoted) field.text.resize(field.text.find_last_not_of(kBlank) + 1);
    field.length = static_cast<std::uint32_t>(std::max<std::size_t>(1, field.text.size()));
    fields.push_back(std::move(field));
    at = line.find(',', end);
    if (at == std::string_view::npos) return fields;
  }
}

void each_csv_row(
    std::string_view text,
    const std::function<bool(std::uint32_t line, const std::vector<CsvField>& fields)>& row) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(kBlank) == std::string_view::npos || line.front() == '#') continue;
    if (!row(number, csv_fields(line))) return;
  }
}

}  // namespace einfall::base
