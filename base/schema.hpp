#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/yaml/node.hpp"

namespace einfall::base {

enum class Presence { kRequired, kOptional };

/// One key of a document: the single source for reading, unknown-key checks and the generated
/// reference page. `type` is what the page prints ("bytes", "RANK -> size"), `fallback` the default
/// as text ("" if required or if absence has its own meaning).
template <class T>
struct Field {
  std::string key;
  std::string type;
  Presence presence = Presence::kOptional;
  std::string fallback;
  std::string doc;
  std::function<void(const yaml::Node&, T&, Diagnostics&)> read;
};

/// All keys of one kind of map.
template <class T>
struct Schema {
  std::string name;  // "machine", "memory of a machine"
  std::string doc;
  std::vector<Field<T>> fields;
};

/// The rows of a schema without their readers: what the reference page needs.
struct SchemaRow {
  std::string key, type, fallback, doc;
  bool required = false;
};
struct SchemaTable {
  std::string name, doc;
  std::vector<SchemaRow> rows;
};
template <class T>
[[nodiscard]] SchemaTable table_of(const Schema<T>& schema) {
  SchemaTable table{schema.name, schema.doc, {}};
  for (const Field<T>& f : schema.fields)
    table.rows.push_back({f.key, f.type, f.fallback, f.doc, f.presence == Presence::kRequired});
  return table;
}
/// A Markdown section for docs/reference/schema.md.
[[nodiscard]] std::string markdown(const SchemaTable& table);

/// Shared by all read_object instances; see there.
[[nodiscard]] bool check_keys(const yaml::Node& node, const SchemaTable& table, Diagnostics& sink);

/// Fills `out` from a map. Reports E011 unknown key (with the nearest known one), E016 not a map,
/// E017 missing required key; the fields report their own errors. Returns false if anything was
/// reported.
template <class T>
bool read_object(const Schema<T>& schema, const yaml::Node& node, T& out, Diagnostics& sink) {
  const std::size_t before = sink.size();
  if (!check_keys(node, table_of(schema), sink) && !node.is_map()) return false;
  for (const Field<T>& field : schema.fields)
    if (const yaml::Node* value = node.find(field.key)) field.read(*value, out, sink);
  return sink.size() == before;
}

}  // namespace einfall::base
