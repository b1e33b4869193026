#include "explore/cost_sources.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "base/text_table.hpp"

namespace einfall::explore {
namespace {

using base::TextTable;
constexpr auto kLeft = TextTable::Align::kLeft;
constexpr auto kRight = TextTable::Align::kRight;

const arch::EnergyRow* row(const arch::Machine& machine, const std::string& component,
                           const std::string& action) {
  const arch::EnergyRow* found = machine.tables.find(component, action);
  EINFALL_ENSURE(found != nullptr, "an energy row the machine reader has checked");
  return found;
}

std::vector<const arch::EnergyRow*> operator_rows(const arch::Machine& machine,
                                                  const mappings::EnergyPart& part) {
  const arch::ComputeUnit& unit = machine.units[part.place];
  const arch::Operator& op = unit.operators[part.op];
  std::vector<const arch::EnergyRow*> rows;
  if (op.primitives.empty()) rows.push_back(row(machine, op.component, op.name));
  for (const auto& [name, count] : op.primitives) {
    const arch::Operator* primitive = unit.find(name);
    EINFALL_ENSURE(primitive != nullptr, "a part of a composed operator");
    rows.push_back(row(machine, primitive->component, name));
  }
  const bool priced = std::any_of(rows.begin(), rows.end(),
                                  [](const arch::EnergyRow* r) { return r->energy.value() > 0; });
  if (priced && part.picojoules == 0) rows.clear();
  return rows;
}

}  // namespace

std::vector<const arch::EnergyRow*> energy_rows(const arch::Machine& machine,
                                                const mappings::EnergyPart& part) {
  const char* const direction = part.write ? "write" : "read";
  switch (part.kind) {
    case mappings::EnergyKind::kOperator:
      return operator_rows(machine, part);
    case mappings::EnergyKind::kRegister:
      return {row(machine, machine.units[part.place].registers.component, direction)};
    case mappings::EnergyKind::kMemory:
      break;
  }
  const std::string& component = machine.memories[part.place].component;
  if (component.empty()) return {};
  return {row(machine, component, direction)};
}

std::string energy_note(const Costed& costed) {
  if (costed.energy_known) return {};
  for (const CostedPart& part : costed.parts)
    if (!part.costed.energy_known)
      return fmt::format("{}: {}", part.name, energy_note(part.costed));
  return costed.machine->no_energy;
}

AreaAccount area_account(const Costed& costed) {
  AreaAccount out;
  if (!costed.machine) {
    out.note = "each part of a composition has the area of its own machine";
    return out;
  }
  auto components = arch::area_components(*costed.machine);
  if (components) {
    out.components = std::move(*components);
    for (const arch::AreaComponent& component : out.components) out.mm2 += component.um2 * 1e-6;
    return out;
  }
  for (const base::Diagnostic& missing : components.error())
    out.note += (out.note.empty() ? "" : "; ") + missing.message;
  return out;
}

std::string area_table(const AreaAccount& area) {
  if (area.components.empty()) return {};
  TextTable table({{"part", kLeft},
                   {"component", kLeft},
                   {"count", kRight},
                   {"um2", kRight},
                   {"source", kLeft}});
  for (const arch::AreaComponent& component : area.components)
    table.add({component.part, component.component, fmt::format("{:.10g}", component.count),
               fmt::format("{:.10g}", component.um2), component.source});
  table.add({"sum", "", "", fmt::format("{:.10g}", area.mm2 * 1e6), ""});
  return "\n" + table.text();
}

std::string RowNotes::marks(const std::vector<const arch::EnergyRow*>& rows) {
  std::string out;
  for (const arch::EnergyRow* row : rows) {
    auto place = std::find(rows_.begin(), rows_.end(), row);
    if (place == rows_.end()) place = rows_.insert(rows_.end(), row);
    out += fmt::format("{}[{}]", out.empty() ? "" : " ", place - rows_.begin() + 1);
  }
  return out;
}

std::string RowNotes::text() const {
  TextTable table({{"", kRight}, {"", kLeft}, {"", kLeft}, {"", kRight}, {"", kLeft}});
  std::size_t number = 0;
  for (const arch::EnergyRow* row : rows_) {
    const std::string unit =
        row->bits_per_action > 0 ? fmt::format(" for {} bits", row->bits_per_action) : "";
    table.add({fmt::format("[{}]", ++number), row->component, row->action,
               fmt::format("{:.10g} pJ{}", row->energy.value(), unit), row->source});
  }
  return table.text(2);
}

}  // namespace einfall::explore
