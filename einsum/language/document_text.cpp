#include "einsum/language/document_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/yaml/scalar.hpp"
#include "einsum/language/limits.hpp"

namespace einfall::einsum {
namespace {

using base::yaml::Node;
using base::yaml::ScalarStyle;

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::kNameLength &&
         std::all_of(text.begin(), text.end(), is_word);
}

constexpr std::array<std::string_view, 6> kKeywords{"where", "and", "or", "not", "present", "inf"};

std::optional<ast::Name> name(const Node& node, std::string_view what, bool well_formed,
                              std::string_view form, base::Diagnostics& sink) {
  if (!node.is_scalar()) {
    sink.push_back(base::error(
        "E018", node.span, fmt::format("expected {}, found {}", what, base::yaml::describe(node))));
    return std::nullopt;
  }
  if (!well_formed) {
    sink.push_back(base::error(
        "E026", node.span,
        fmt::format("'{}' cannot be {}", std::string_view(node.text).substr(0, 60), what),
        std::string(form)));
    return std::nullopt;
  }
  return ast::Name{node.text, node.span};
}

bool is_blank(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  return first == std::string_view::npos || line[first] == '#';
}

bool too_many(std::size_t count, const Node& node, std::string_view what, base::Diagnostics& sink) {
  if (count <= limits::kEntries) return false;
  sink.push_back(base::error(
      "E025", node.span,
      fmt::format("{} has {} entries, at most {} are allowed", what, count, limits::kEntries)));
  return true;
}

}  // namespace

bool is_upper_name(std::string_view text) {
  return is_name(text) && text.front() >= 'A' && text.front() <= 'Z';
}

bool is_lower_name(std::string_view text) {
  return is_name(text) && text.front() >= 'a' && text.front() <= 'z' &&
         std::find(kKeywords.begin(), kKeywords.end(), text) == kKeywords.end();
}

std::optional<ast::Name> upper_name(const Node& node, std::string_view what,
                                    base::Diagnostics& sink) {
  return name(node, what, is_upper_name(node.text),
              "it begins with an upper-case letter and goes on with letters, digits and '_'", sink);
}

std::optional<ast::Name> lower_name(const Node& node, std::string_view what,
                                    base::Diagnostics& sink) {
  return name(node, what, is_lower_name(node.text),
              "it begins with a lower-case letter, goes on with letters, digits and '_', and is no "
              "keyword",
              sink);
}

std::optional<Origin> origin_of(const Node& node, std::string_view what, base::Diagnostics& sink) {
  if (node.is_map()) {
    sink.push_back(base::error(
        "E023", node.span, fmt::format("{} became a YAML map, because of a ':' in it", what),
        "put it in quotes, or write the Einsums as a block: `expressions: |`"));
    return std::nullopt;
  }
  if (!node.is_scalar()) {
    sink.push_back(base::error(
        "E018", node.span,
        fmt::format("expected {} as text, found {}", what, base::yaml::describe(node))));
    return std::nullopt;
  }
  if (node.style == ScalarStyle::kFolded || (node.style == ScalarStyle::kPlain && !node.exact) ||
      (node.style == ScalarStyle::kLiteral && node.line_starts.size() > 1)) {
    sink.push_back(base::error("E022", node.span,
                               fmt::format("{} goes over several lines, expected one", what),
                               "several Einsums stand in a block: `expressions: |`"));
    return std::nullopt;
  }
  return Origin{base::yaml::span_inside(node, 0, 1), node.exact};
}

void for_each_line(const Node& node, std::string_view what, base::Diagnostics& sink,
                   const std::function<void(std::string_view, const Origin&)>& visit) {
  if (!node.is_scalar() || node.style != ScalarStyle::kLiteral) {
    if (const auto origin = origin_of(node, what, sink)) visit(node.text, *origin);
    return;
  }
  const std::string_view text = node.text;
  for (std::size_t i = 0; i < node.line_starts.size(); ++i) {
    const std::size_t begin = node.line_starts[i];
    if (begin > text.size()) break;
    const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (is_blank(line)) continue;
    visit(line, {base::yaml::span_inside(node, begin, 1), true});
    if (sink.size() > limits::kErrors) return;
  }
}

void for_each_entry(const Node& node, std::string_view what, base::Diagnostics& sink,
                    const std::function<void(const base::yaml::MapEntry&)>& visit) {
  if (node.is_null()) return;
  if (!node.is_map()) {
    sink.push_back(base::error(
        "E016", node.span, fmt::format("{} is a map, found {}", what, base::yaml::describe(node))));
    return;
  }
  if (too_many(node.entries.size(), node, what, sink)) return;
  for (const base::yaml::MapEntry& entry : node.entries) {
    visit(entry);
    if (sink.size() > limits::kErrors) return;
  }
}

void for_each_item(const Node& node, std::string_view what, base::Diagnostics& sink,
                   const std::function<void(const Node&)>& visit) {
  if (node.is_null()) return;
  if (!node.is_sequence()) {
    sink.push_back(
        base::error("E018", node.span,
                    fmt::format("{} is a list, found {}", what, base::yaml::describe(node))));
    return;
  }
  if (too_many(node.items.size(), node, what, sink)) return;
  for (const Node& item : node.items) {
    visit(item);
    if (sink.size() > limits::kErrors) return;
  }
}

std::optional<double> read_extended(const Node& node, std::string_view what,
                                    base::Diagnostics& sink) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (node.is_scalar() && node.text == "inf") return kInfinity;
  if (node.is_scalar() && node.text == "-inf") return -kInfinity;
  return base::yaml::read_number(node, std::string(what), std::numeric_limits<double>::lowest(),
                                 std::numeric_limits<double>::max(), sink);
}

}  // namespace einfall::einsum
