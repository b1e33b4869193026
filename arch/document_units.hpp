#pragma once

#include "arch/document.hpp"

/// The keys of compute units and memories, used by machine_schema.
namespace einfall::arch {

[[nodiscard]] base::Schema<UnitFeature> unit_feature_schema();
[[nodiscard]] base::Schema<UnitImplementation> unit_implementation_schema();
[[nodiscard]] std::vector<base::SchemaTable> unit_schema_tables();

[[nodiscard]] base::Schema<MemoryFeature> memory_feature_schema();
[[nodiscard]] base::Schema<MemoryImplementation> memory_implementation_schema();
[[nodiscard]] base::Schema<Link> link_schema();
[[nodiscard]] std::vector<base::SchemaTable> memory_schema_tables();

[[nodiscard]] std::vector<base::SchemaTable> table_document_tables();

}  // namespace einfall::arch
