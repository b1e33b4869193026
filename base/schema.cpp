#include "base/schema.hpp"

#include <fmt/format.h>

namespace einfall::base {
namespace {

// A cell of a Markdown table: a bar would end it.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string names(const std::vector<std::string>& keys) {
  return fmt::format("{}", fmt::join(keys, " "));
}

std::string with_article(const std::string& noun) {
  const bool vowel = std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + noun;
}

}  // namespace

std::string markdown(const SchemaTable& table) {
  std::string out = fmt::format("## {}\n\n{}\n\n", table.name, table.doc);
  out += "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const SchemaRow& row : table.rows) {
    const std::string fallback = row.required           ? "required"
                                 : row.fallback.empty() ? "-"
                                                        : row.fallback;
    out += fmt::format("| `{}` | {} | {} | {} |\n", row.key, cell(row.type), cell(fallback),
                       cell(row.doc));
  }
  return out;
}

bool check_keys(const yaml::Node& node, const SchemaTable& table, Diagnostics& sink) {
  if (!node.is_map()) {
    sink.push_back(error(
        "E016", node.span,
        fmt::format("{} is a map, found {}", with_article(table.name), yaml::describe(node))));
    return false;
  }
  std::vector<std::string> known;
  for (const SchemaRow& row : table.rows) known.push_back(row.key);
  const std::size_t before = sink.size();
  for (const yaml::MapEntry& entry : node.entries) {
    if (std::find(known.begin(), known.end(), entry.key.text) != known.end()) continue;
    const std::string close = nearest(entry.key.text, known);
    sink.push_back(error(
        "E011", entry.key.span,
        fmt::format("{} has no key '{}'", with_article(table.name), entry.key.text),
        close.empty() ? "it has: " + names(known) : fmt::format("did you mean '{}'?", close)));
  }
  for (const SchemaRow& row : table.rows)
    if (row.required && node.find(row.key) == nullptr)
      sink.push_back(error(
          "E017", node.span,
          fmt::format("{} needs the key '{}' ({})", with_article(table.name), row.key, row.type),
          row.doc));
  return sink.size() == before;
}

}  // namespace einfall::base
