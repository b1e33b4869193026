#include "mappings/model/rates.hpp"

#include "base/ensure.hpp"

namespace einfall::mappings {
namespace {

double row(const arch::Machine& machine, const std::string& component, const std::string& action) {
  const arch::EnergyRow* found = machine.tables.find(component, action);
  EINFALL_ENSURE(found != nullptr, "an energy row the machine reader has checked");
  return found->energy.value();
}

double bit(const arch::Machine& machine, const std::string& component, const std::string& action) {
  const arch::EnergyRow* found = machine.tables.find(component, action);
  EINFALL_ENSURE(found != nullptr && found->bits_per_action > 0, "an energy row with its bits");
  return found->energy.value() / static_cast<double>(found->bits_per_action);
}

double use(const arch::Machine& machine, const arch::ComputeUnit& unit, const arch::Operator& op) {
  if (op.primitives.empty()) return row(machine, op.component, op.name);
  double sum = 0;
  for (const auto& [name, count] : op.primitives) {
    const arch::Operator* part = unit.find(name);
    EINFALL_ENSURE(part != nullptr, "a part of a composed operator");
    sum += static_cast<double>(count) * row(machine, part->component, part->name);
  }
  return sum;
}

}  // namespace

Rates rates(const arch::Machine& machine) {
  Rates out;
  out.known = machine.no_energy.empty();
  out.units.resize(machine.units.size());
  out.memories.resize(machine.memories.size());
  for (std::size_t u = 0; u < machine.units.size(); ++u) {
    const arch::ComputeUnit& unit = machine.units[u];
    UnitRates& unit_rates = out.units[u];
    unit_rates.operators.assign(unit.operators.size(), 0);
    if (!out.known) continue;
    for (std::size_t i = 0; i < unit.operators.size(); ++i)
      unit_rates.operators[i] = use(machine, unit, unit.operators[i]);
    if (unit.registers.entries == 0) continue;
    unit_rates.register_read = row(machine, unit.registers.component, "read");
    unit_rates.register_write = row(machine, unit.registers.component, "write");
  }
  for (std::size_t m = 0; out.known && m < machine.memories.size(); ++m) {
    const std::string& component = machine.memories[m].component;
    if (component.empty()) continue;
    out.memories[m] = {bit(machine, component, "read"), bit(machine, component, "write")};
  }
  return out;
}

}  // namespace einfall::mappings
