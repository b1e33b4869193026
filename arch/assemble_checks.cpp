#include "arch/assemble_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "arch/assemble.hpp"
#include "arch/fields.hpp"

namespace einfall::arch {
namespace {

// Every slot of a schedule between the ends of a link is looked at.
constexpr base::Cycles kMostLinkCycles(1'000'000);

void check_form(const Machine& machine, const ComputeUnit& unit, base::Diagnostics& sink) {
  if (!unit.form_of) return;
  const auto& [name, span] = *unit.form_of;
  const ComputeUnit* hardware = machine.find_unit(name);
  const auto report = [&](const std::string& message, const std::string& help) {
    sink.push_back(base::error("E713", span, message, help));
  };
  if (hardware == nullptr)
    report(fmt::format("'{}' is a form of '{}', which is no unit of this machine", unit.name, name),
           "name the unit that stands for the hardware");
  else if (hardware == &unit || hardware->form_of)
    report(hardware == &unit
               ? fmt::format("'{}' is a form of itself", name)
               : fmt::format("'{}' is a form of '{}', which is a form itself", unit.name, name),
           "name the unit that stands for the hardware");
  else if (hardware->instances != unit.instances)
    report(fmt::format("there are {} of '{}' and {} of '{}', whose hardware it is", unit.instances,
                       unit.name, hardware->instances, name),
           "give both equally many `instances`");
}

void check_names(const Machine& machine, const base::SourceSpan& at, base::Diagnostics& sink) {
  if (machine.units.empty())
    sink.push_back(base::error("E703", at, "a machine needs at least one compute unit"));
  if (machine.memories.empty())
    sink.push_back(base::error("E703", at, "a machine needs at least one memory"));
  for (const ComputeUnit& unit : machine.units) check_form(machine, unit, sink);
  for (const ComputeUnit& unit : machine.units)
    if (machine.find_memory(unit.name) != nullptr)
      sink.push_back(base::error("E713", unit.span,
                                 fmt::format("'{}' is a unit and a memory", unit.name),
                                 "mappings name places by one name; rename one of them"));
  for (const Link& link : machine.links) {
    if (link.from == link.to)
      sink.push_back(base::error("E713", link.span,
                                 fmt::format("a link leads from '{}' to itself", link.from),
                                 "a link connects two parts of the machine"));
    if (link.latency > kMostLinkCycles)
      sink.push_back(base::error(
          "E714", link.span,
          fmt::format("the link from '{}' to '{}' takes {} cycles; at most are {}", link.from,
                      link.to, link.latency.value(), kMostLinkCycles.value()),
          "a way that is so long belongs to the latency of a memory"));
    for (const std::string& end : {link.from, link.to})
      if (machine.find_unit(end) == nullptr && machine.find_memory(end) == nullptr)
        sink.push_back(base::error("E713", link.span,
                                   fmt::format("a link ends at '{}', which is neither a unit nor "
                                               "a memory of this machine",
                                               end)));
  }
}

void check_memory(const Machine& machine, const Memory& memory, base::Diagnostics& sink) {
  if (memory.row.value() < 1) {
    sink.push_back(base::error("E714", memory.span,
                               fmt::format("memory '{}' has rows of 0 bytes", memory.name)));
    return;
  }
  if (memory.capacity && memory.capacity->value.value() % memory.row.value() != 0)
    sink.push_back(base::error(
        "E714", memory.capacity->span,
        fmt::format("the capacity of memory '{}', {} B, is not a whole number of rows of {} B",
                    memory.name, memory.capacity->value.value(), memory.row.value())));
  if (memory.capacity && memory.capacity->value.value() < memory.row.value())
    sink.push_back(base::error("E714", memory.capacity->span,
                               fmt::format("memory '{}' holds not one row", memory.name)));
  if (memory.bandwidth && memory.bandwidth->value() < 1)
    sink.push_back(base::error("E714", memory.span,
                               fmt::format("memory '{}' has no bandwidth", memory.name),
                               "leave the key out where it is not limited"));
  check_memory_rows(machine, memory, sink);
}

void need_energy(const Machine& machine, const base::SourceSpan& span, const std::string& component,
                 const std::string& action, const std::string& user, base::Diagnostics& sink) {
  if (!machine.no_energy.empty() || component.empty()) return;
  if (machine.tables.find(component, action) != nullptr) return;
  std::vector<std::string> known;
  for (const EnergyRow& row : machine.tables.energy)
    if (row.action == action) known.push_back(row.component);
  const std::string close = base::nearest(component, known);
  const std::string help = close.empty()
                               ? "add the row to a table of this machine, with its source"
                               : fmt::format(
                                     "did you mean '{}'? Otherwise add the row to a table of this "
                                     "machine, with its source",
                                     close);
  sink.push_back(base::error("E704", span,
                             fmt::format("no table has the energy of '{}' by component '{}' ({})",
                                         action, component, user),
                             help + ", or say under its `no_energy` why the energy is not known"));
}

// What moves data says how many bits an action moves.
void need_bits(const Machine& machine, const std::string& component, const std::string& action,
               base::Diagnostics& sink) {
  const EnergyRow* row = machine.tables.find(component, action);
  if (row == nullptr || row->bits_per_action > 0) return;
  sink.push_back(base::error(
      "E704", row->span,
      fmt::format("the row '{}' of component '{}' does not say how many bits an action moves",
                  action, component),
      "add `bits: ...`"));
}

void check_unit_rows(const Machine& machine, const ComputeUnit& unit, base::Diagnostics& sink) {
  for (const Operator& op : unit.operators)
    if (op.primitives.empty())
      need_energy(machine, op.component_span, op.component, op.name,
                  "operator of unit " + unit.name, sink);
  if (unit.registers.entries == 0) return;
  for (const char* action : {"read", "write"}) {
    need_energy(machine, unit.registers.span, unit.registers.component, action,
                "registers of unit " + unit.name, sink);
    need_bits(machine, unit.registers.component, action, sink);
  }
}

}  // namespace

void check_row_sources(const Tables& tables, base::Diagnostics& sink) {
  const auto check = [&](const auto& row) {
    if (!is_blank(row.source)) return;
    sink.push_back(base::error("E715", row.span,
                               fmt::format("the row of '{}' names no source", row.component),
                               "say where the number was taken from"));
  };
  for (const EnergyRow& row : tables.energy) check(row);
  for (const AreaRow& row : tables.area) check(row);
}

void check_duplicate_rows(const Tables& tables, base::Diagnostics& sink) {
  std::map<std::pair<std::string, std::string>, base::SourceSpan> energy;
  std::map<std::string, base::SourceSpan> area;
  const auto report = [&](const base::SourceSpan& span, const base::SourceSpan& first,
                          std::string message) {
    base::Diagnostic out = base::error("E717", span, std::move(message),
                                       "leave one of them out; tables of a machine hold together");
    out.notes.push_back({first, "the first"});
    sink.push_back(std::move(out));
  };
  for (const EnergyRow& row : tables.energy) {
    const auto [first, fresh] = energy.try_emplace({row.component, row.action}, row.span);
    if (!fresh)
      report(
          row.span, first->second,
          fmt::format("the row '{}' of component '{}' is there twice", row.action, row.component));
  }
  for (const AreaRow& row : tables.area) {
    const auto [first, fresh] = area.try_emplace(row.component, row.span);
    if (!fresh)
      report(row.span, first->second,
             fmt::format("the area of component '{}' is there twice", row.component));
  }
}

void check_memory_rows(const Machine& machine, const Memory& memory, base::Diagnostics& sink) {
  for (const char* action : {"read", "write"}) {
    need_energy(machine, memory.span, memory.component, action, "memory " + memory.name, sink);
    need_bits(machine, memory.component, action, sink);
  }
}

void check_machine(const Machine& machine, const base::SourceSpan& at, base::Diagnostics& sink) {
  check_names(machine, at, sink);
  for (const Memory& memory : machine.memories) check_memory(machine, memory, sink);
  for (const ComputeUnit& unit : machine.units) check_unit_rows(machine, unit, sink);
}

}  // namespace einfall::arch
