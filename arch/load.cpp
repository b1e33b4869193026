#include <map>
#include <memory>
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

// A path in a document is relative to the file it stands in, which may be one that the document at
// `path` extends.
std::string resolved(const Located<std::string>& name, const std::string& path) {
  return beside(name.span.file ? name.span.file->name : path, name.value);
}

// The timing tables that memories name, by memory.
using Timings = std::map<std::string, std::shared_ptr<const DramTiming>>;
Timings load_timings(const MachineDocument& document, const std::string& path,
                     base::Diagnostics& sink) {
  Timings timings;
  for (const MemoryFeature& memory : document.features.memories) {
    if (!memory.timing) continue;
    auto timing = load_dram_timing(resolved(*memory.timing, path));
    if (!timing) {
      timing.error().front().notes.push_back({memory.timing->span, "named here"});
      sink.insert(sink.end(), timing.error().begin(), timing.error().end());
      continue;
    }
    timings[memory.name.value] = std::make_shared<const DramTiming>(std::move(*timing));
  }
  return timings;
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
  for (const Located<std::string>& table : document.tables)
    append_tables(resolved(table, path), table.span, tables, sink);
  check_duplicate_rows(tables, sink);
  Timings timings = load_timings(document, path, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  EINFALL_TRY(Machine machine, assemble(std::move(document), std::move(tables)));
  for (Memory& memory : machine.memories) memory.timing = timings[memory.name];
  return machine;
}

}  // namespace einfall::arch
