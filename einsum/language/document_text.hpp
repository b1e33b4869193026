#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/yaml/node.hpp"
#include "einsum/language/ast.hpp"

/// Helpers for the keys of a cascade document.
namespace einfall::einsum {

[[nodiscard]] bool is_upper_name(std::string_view text);  // a rank or tensor
[[nodiscard]] bool is_lower_name(std::string_view text);  // a variable, param or function

/// A node's text as a rank or tensor name, or as a variable, param or function name. E018 if it is
/// no text, E026 if it is malformed; `what` says what it names.
[[nodiscard]] std::optional<ast::Name> upper_name(const base::yaml::Node& node,
                                                  std::string_view what, base::Diagnostics& sink);
[[nodiscard]] std::optional<ast::Name> lower_name(const base::yaml::Node& node,
                                                  std::string_view what, base::Diagnostics& sink);

/// Where the text of a one-line scalar begins. E018 no text, E022 several lines, E023 YAML made a
/// map of it.
[[nodiscard]] std::optional<Origin> origin_of(const base::yaml::Node& node, std::string_view what,
                                              base::Diagnostics& sink);

/// Calls `visit` for every line of a literal block that holds more than a comment, or once for a
/// one-line scalar.
void for_each_line(const base::yaml::Node& node, std::string_view what, base::Diagnostics& sink,
                   const std::function<void(std::string_view, const Origin&)>& visit);

/// The entries of a map or items of a list; E016 or E018 if it is something else, E025 if there are
/// too many. An empty value counts as an empty map or list.
void for_each_entry(const base::yaml::Node& node, std::string_view what, base::Diagnostics& sink,
                    const std::function<void(const base::yaml::MapEntry&)>& visit);
void for_each_item(const base::yaml::Node& node, std::string_view what, base::Diagnostics& sink,
                   const std::function<void(const base::yaml::Node&)>& visit);

/// A number, `inf` or `-inf` (E018).
[[nodiscard]] std::optional<double> read_extended(const base::yaml::Node& node,
                                                  std::string_view what, base::Diagnostics& sink);

}  // namespace einfall::einsum
