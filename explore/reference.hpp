#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_code.hpp"
#include "base/schema.hpp"

/// The generated pages of docs/reference: made from the tables that the readers and checks of each
/// layer use or stand beside, so that the pages cannot fall behind.
namespace einfall::explore {

/// The codes of one layer.
struct CodeTable {
  std::string_view layer;
  std::span<const base::ErrorCode> codes;
};
/// Every layer's codes, in the order of the page. To add a layer: one row in the source.
[[nodiscard]] std::vector<CodeTable> error_code_tables();

/// The keys of one kind of document, the document itself first, then the maps inside.
struct DocumentSchema {
  std::string_view kind;
  std::vector<base::SchemaTable> tables;
};
/// Every kind of document. To add one: one row in the source.
[[nodiscard]] std::vector<DocumentSchema> document_schemas();

/// docs/reference/errors.md: every code with its meaning.
[[nodiscard]] std::string error_page();
/// docs/reference/schema.md: every key of every document.
[[nodiscard]] std::string schema_page();

}  // namespace einfall::explore
