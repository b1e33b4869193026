#pragma once

#include "einsum/language/document.hpp"

/// Readers of the keys that are more than a list of names. Each reports its own errors.
namespace einfall::einsum {

void read_functions(const base::yaml::Node& node, Document& out, base::Diagnostics& sink);
void read_types(const base::yaml::Node& node, Document& out, base::Diagnostics& sink);
void read_statements(const base::yaml::Node& node, std::string_view what,
                     std::vector<StatementEntry>& out, base::Diagnostics& sink);
void read_assume(const base::yaml::Node& node, Document& out, base::Diagnostics& sink);
void read_expect(const base::yaml::Node& node, Document& out, base::Diagnostics& sink);

/// Tables of the maps inside a cascade document, for the reference page.
[[nodiscard]] base::SchemaTable type_table();
[[nodiscard]] base::SchemaTable opaque_table();
[[nodiscard]] base::SchemaTable statement_table();

}  // namespace einfall::einsum
