#pragma once

#include <vector>

#include "base/schema.hpp"
#include "mappings/ir/mapping.hpp"

namespace einfall::mappings {

[[nodiscard]] base::Schema<Mapping> mapping_schema();
[[nodiscard]] base::Schema<LoopNode> node_schema();
[[nodiscard]] base::Schema<Binding> binding_schema();
[[nodiscard]] base::Schema<Schedule> schedule_schema();
[[nodiscard]] base::Schema<Dispatch> dispatch_schema();

/// `keep`: place -> list of tensors, each a name or `{NAME: {options}}`.
void read_keeps(const base::yaml::Node& node, LoopNode& out, base::Diagnostics& sink);
/// `partition`: rank -> list of parts, each a name or `{NAME: size}`, outermost first.
void read_partitions(const base::yaml::Node& node, Mapping& out, base::Diagnostics& sink);

/// Every schema of a mapping document, for the reference page.
[[nodiscard]] std::vector<base::SchemaTable> mapping_schema_tables();
[[nodiscard]] base::SchemaTable keep_table();
[[nodiscard]] std::vector<base::SchemaTable> schedule_tables();

}  // namespace einfall::mappings
