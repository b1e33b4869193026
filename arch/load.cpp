#include <utility>

#include "arch/assemble.hpp"
#include "arch/assemble_checks.hpp"
#include "arch/merge.hpp"
#include "base/yaml/node.hpp"

namespace einfall::arch {
namespace {

// Appends the rows of one table document.
void append_tables(const std::string& path, const base::SourceSpan& asked_by, Tables& out,
                   base::Diagnostics& sink) {
  base::Result<Tables> rows = load_tables(path);
  if (!rows) {
    rows.error().front().notes.push_back({asked_by, "named here"});
    sink.insert(sink.end(), rows.error().begin(), rows.error().end());
    return;
  }
  for (EnergyRow& row : rows->energy) out.energy.push_back(std::move(row));
  for (AreaRow& row : rows->area) out.area.push_back(std::move(row));
}

}  // namespace

base::Result<Tables> load_tables(const std::string& path) {
  EINFALL_TRY(const base::yaml::Node node, base::yaml::load(path));
  base::Diagnostics sink;
  TableDocument document;
  base::read_object(table_schema(), node, document, sink);
  check_row_sources(document.rows, sink);
  check_duplicate_rows(document.rows, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return std::move(document.rows);
}

base::Result<Machine> load_machine(const std::string& path) {
  EINFALL_TRY(const base::yaml::Node node, load_extended(path));
  base::Diagnostics sink;
  MachineDocument document;
  base::read_object(machine_schema(), node, document, sink);
  Tables tables;
  for (const Located<std::string>& table : document.tables) {
    // Relative to the file the list stands in, which may be one that this document extends.
    const std::string& from = table.span.file ? table.span.file->name : path;
    append_tables(beside(from, table.value), table.span, tables, sink);
  }
  check_duplicate_rows(tables, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return assemble(std::move(document), std::move(tables));
}

}  // namespace einfall::arch
