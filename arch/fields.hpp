#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arch/machine.hpp"
#include "base/schema.hpp"
#include "base/yaml/scalar.hpp"

/// Makers of schema rows, so that a table of keys reads like one. Shared by machine, mapping and
/// model documents.
namespace einfall::arch {

/// Nothing but white space.
[[nodiscard]] bool is_blank(std::string_view text);

/// Reads one value or reports why not; `what` names it in the message.
template <class V>
using ValueReader = std::function<std::optional<V>(const base::yaml::Node&, const std::string& what,
                                                   base::Diagnostics&)>;

/// A key whose value goes into a member (a plain V, optional<V> or Located<V>).
template <class T, class M, class V>
[[nodiscard]] base::Field<T> field(std::string key, std::string type, base::Presence presence,
                                   std::string fallback, std::string doc, M T::*member,
                                   ValueReader<V> read) {
  auto store = [what = "'" + key + "'", member, read = std::move(read)](
                   const base::yaml::Node& node, T& out, base::Diagnostics& sink) {
    auto value = read(node, what, sink);
    if (!value) return;
    if constexpr (std::is_same_v<M, Located<V>> || std::is_same_v<M, std::optional<Located<V>>>)
      out.*member = Located<V>{std::move(*value), node.span};
    else
      out.*member = std::move(*value);
  };
  return {std::move(key), std::move(type), presence, std::move(fallback), std::move(doc), store};
}

template <class T, class M>
[[nodiscard]] base::Field<T> text_field(std::string key, base::Presence presence, std::string doc,
                                        M T::*member) {
  return field<T, M, std::string>(std::move(key), "text", presence, "", std::move(doc), member,
                                  base::yaml::read_text);
}
/// `source`, which says something (E715).
template <class T>
[[nodiscard]] base::Field<T> source_field(std::string doc, std::string T::*member) {
  return field<T, std::string, std::string>(
      "source", "text", base::Presence::kRequired, "", std::move(doc), member,
      [](const base::yaml::Node& node, const std::string& what, base::Diagnostics& sink) {
        auto text = base::yaml::read_text(node, what, sink);
        if (text && is_blank(*text))
          sink.push_back(base::error("E715", node.span, what + " says nothing",
                                     "say where the numbers beside it were taken from"));
        return text;
      });
}
template <class T, class M>
[[nodiscard]] base::Field<T> name_field(std::string key, base::Presence presence, std::string doc,
                                        M T::*member) {
  return field<T, M, std::string>(std::move(key), "name", presence, "", std::move(doc), member,
                                  base::yaml::read_name);
}
template <class T, class M>
[[nodiscard]] base::Field<T> integer_field(std::string key, base::Presence presence,
                                           std::string fallback, std::string doc, M T::*member,
                                           std::int64_t low, std::int64_t high) {
  return field<T, M, std::int64_t>(
      std::move(key), "integer", presence, std::move(fallback), std::move(doc), member,
      [low, high](const base::yaml::Node& node, const std::string& what, base::Diagnostics& sink) {
        return base::yaml::read_integer(node, what, low, high, sink);
      });
}
template <class T, class M>
[[nodiscard]] base::Field<T> bool_field(std::string key, std::string fallback, std::string doc,
                                        M T::*member) {
  return field<T, M, bool>(std::move(key), "true or false", base::Presence::kOptional,
                           std::move(fallback), std::move(doc), member, base::yaml::read_bool);
}

/// `einfall: 1`, the version every document begins with.
template <class T>
[[nodiscard]] base::Field<T> version_field() {
  return {"einfall",
          "1",
          base::Presence::kRequired,
          "",
          "version of the document format",
          [](const base::yaml::Node& node, T&, base::Diagnostics& sink) {
            base::yaml::check_version(node, sink);
          }};
}

/// A map from names to objects of one schema. `add(out, name node, object)` stores each.
template <class T, class V>
[[nodiscard]] base::Field<T> map_field(
    std::string key, std::string type, base::Presence presence, std::string doc,
    std::function<base::Schema<V>()> schema,
    std::function<void(T&, const base::yaml::Node& name, V)> add) {
  auto read = [what = "'" + key + "'", schema = std::move(schema), add = std::move(add)](
                  const base::yaml::Node& node, T& out, base::Diagnostics& sink) {
    if (!node.is_map()) {
      sink.push_back(base::error(
          "E016", node.span,
          what + " is a map of names, found " + std::string(base::yaml::describe(node))));
      return;
    }
    const base::Schema<V> table = schema();
    for (const base::yaml::MapEntry& entry : node.entries) {
      V value{};
      if (!base::yaml::read_name(entry.key, "a name in " + what, sink)) continue;
      if (base::read_object(table, entry.value, value, sink)) add(out, entry.key, std::move(value));
    }
  };
  return {std::move(key), std::move(type), presence, "", std::move(doc), read};
}

/// An object of its own schema in a member.
template <class T, class V>
[[nodiscard]] base::Field<T> object_field(std::string key, base::Presence presence, std::string doc,
                                          V T::*member, std::function<base::Schema<V>()> schema) {
  auto read = [member, schema = std::move(schema)](const base::yaml::Node& node, T& out,
                                                   base::Diagnostics& sink) {
    base::read_object(schema(), node, out.*member, sink);
  };
  return {std::move(key), "map", presence, "", std::move(doc), read};
}

/// A list, or one item standing for a list of one.
[[nodiscard]] std::vector<const base::yaml::Node*> items_of(const base::yaml::Node& node);

/// A name, or a list of names.
[[nodiscard]] std::vector<Located<std::string>> read_names(const base::yaml::Node& node,
                                                           const std::string& what,
                                                           base::Diagnostics& sink);

}  // namespace einfall::arch
