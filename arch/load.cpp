#include <utility>

#include "arch/assemble.hpp"
#include "arch/merge.hpp"
#include "base/yaml/node.hpp"

namespace einfall::arch {
namespace {

// Appends the rows of one table document.
void load_table(const std::string& path, const base::SourceSpan& asked_by, Tables& out,
                base::Diagnostics& sink) {
  base::Result<base::yaml::Node> node = base::yaml::load(path);
  if (!node) {
    node.error().front().notes.push_back({asked_by, "named here"});
    sink.insert(sink.end(), node.error().begin(), node.error().end());
    return;
  }
  TableDocument document;
  base::read_object(table_schema(), *node, document, sink);
  for (EnergyRow& row : document.rows.energy) out.energy.push_back(std::move(row));
  for (AreaRow& row : document.rows.area) out.area.push_back(std::move(row));
}

}  // namespace

base::Result<Machine> load_machine(const std::string& path) {
  EINFALL_TRY(const base::yaml::Node node, load_extended(path));
  base::Diagnostics sink;
  MachineDocument document;
  base::read_object(machine_schema(), node, document, sink);
  Tables tables;
  for (const Located<std::string>& table : document.tables) {
    // Relative to the file the list stands in, which may be one that this document extends.
    const std::string& from = table.span.file ? table.span.file->name : path;
    load_table(beside(from, table.value), table.span, tables, sink);
  }
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return assemble(std::move(document), std::move(tables));
}

}  // namespace einfall::arch
