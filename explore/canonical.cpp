#include "explore/canonical.hpp"

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "einsum/language/print.hpp"

namespace einfall::explore {
namespace {

std::string names(const std::vector<mappings::OperatorName>& operators) {
  std::string out;
  for (const mappings::OperatorName& name : operators)
    out += fmt::format(" {}.{}@{}", name.unit, name.op, name.einsum);
  return out;
}

std::string assumptions(const Assumptions& assume) {
  const mappings::ModelOptions& model = assume.model;
  const bool total = model.register_counting == mappings::RegisterCounting::kTotal;
  std::string out = fmt::format(
      "register_counting: {}\nfill_and_drain: {}\ndrain_listed_only: {}\nunlimited_ports: {}\n"
      "fractional_spill: {}\nfree_operators:{}\nunpriced_operators:{}\nextra_reads:",
      total ? "total" : "per-instance", model.fill_and_drain, model.drain_listed_only,
      model.unlimited_ports, model.fractional_spill, names(model.free_operators),
      names(model.unpriced_operators));
  for (const mappings::ExtraRead& extra : model.extra_reads)
    out += fmt::format(" {}={}/{}", extra.tensor, extra.numerator, extra.denominator);
  out += "\nsizing_capacity:";
  for (const auto& [memory, bytes] : assume.bind.sizing_capacity)
    out += fmt::format(" {}={}", memory, bytes.value());
  out += "\nunchecked_capacity:";
  for (const std::string& memory : assume.bind.unchecked_capacity) out += " " + memory;
  return out + "\n";
}

// Prices and areas of everything the machine may charge: where its tables come from does not
// matter.
std::string tables(const arch::Machine& machine) {
  std::string out;
  for (const arch::EnergyRow& row : machine.tables.energy)
    out += fmt::format("{} {} {} {}\n", row.component, row.action, row.energy.value(),
                       row.bits_per_action);
  for (const arch::AreaRow& row : machine.tables.area)
    out += fmt::format("{} {}\n", row.component, row.area.value());
  return out;
}

std::string unit_text(const arch::ComputeUnit& unit) {
  std::string out =
      fmt::format("unit {} {}x{} x{} fma={} hop={} registers={}x{} {} shared={}\n", unit.name,
                  unit.rows, unit.columns, unit.instances, unit.fused_multiply_add,
                  unit.hop_latency, unit.registers.entries, unit.registers.width.value(),
                  unit.registers.component, unit.registers.shared);
  for (const arch::Operator& op : unit.operators) {
    out += fmt::format("  {} issue={} latency={} {}", op.name, op.issue_cycles, op.latency,
                       op.component);
    for (const auto& [part, count] : op.primitives) out += fmt::format(" {}*{}", count, part);
    out += "\n";
  }
  for (const auto* items : {&unit.pe_area, &unit.unit_area})
    for (const arch::AreaItem& item : *items)
      out += fmt::format("  area {}*{}\n", item.count, item.component);
  return out;
}

// What only dispatched tasks are timed by; empty where the machine says nothing of it.
std::string tasks_text(const arch::Machine& machine) {
  std::string out;
  for (const arch::ComputeUnit& unit : machine.units)
    if (unit.clock) out += fmt::format("clock {} {}\n", unit.name, unit.clock->value());
  for (const arch::Memory& memory : machine.memories) {
    if (memory.instances > 1) out += fmt::format("memory {} x{}\n", memory.name, memory.instances);
    if (memory.cold)
      out += fmt::format("cold {} {} {}\n", memory.name, memory.cold->bytes.value(),
                         memory.cold->bandwidth.value());
  }
  if (machine.tasks.launch.value() + machine.tasks.start.value() > 0)
    out += fmt::format("tasks {} {}\n", machine.tasks.launch.value(), machine.tasks.start.value());
  return out;
}

std::string machine_text(const arch::Machine& machine) {
  std::string out = fmt::format("machine {} clock={} word={}\n", machine.name,
                                machine.clock.value(), machine.word.value());
  for (const arch::ComputeUnit& unit : machine.units) out += unit_text(unit);
  for (const arch::Memory& memory : machine.memories)
    out += fmt::format(
        "memory {} capacity={} row={} banks={} ports={}/{}/{} bandwidth={} "
        "latency={} {}\n",
        memory.name, memory.capacity ? memory.capacity->value.value() : -1, memory.row.value(),
        memory.banks, memory.read_ports, memory.write_ports, memory.shared_ports,
        memory.bandwidth ? memory.bandwidth->value() : -1, memory.latency.value(),
        memory.component);
  for (const arch::Link& link : machine.links)
    out += fmt::format("link {} {} width={} latency={}\n", link.from, link.to, link.width.value(),
                       link.latency.value());
  return out + tasks_text(machine) + tables(machine);
}

}  // namespace

std::string canonical_text(const Costed& costed) {
  std::string out = fmt::format("einfall: 1\nscenario: {}\n", costed.scenario.name);
  for (const auto& [name, value] : costed.scenario.parameters)
    out += fmt::format("set: {}={}\n", name, value);
  if (!costed.bound) {
    for (const auto& [name, part, times] : costed.parts)
      out += fmt::format("part: {} {}{}\n", name, base::sha256(canonical_text(part)),
                         times == 1 ? "" : fmt::format(" x{}", times));
    return out;
  }
  out += assumptions(costed.scenario.assumptions);
  for (std::size_t i = 0; i < costed.cascade->ranks.size(); ++i)
    out += fmt::format("size: {}={}\n", costed.cascade->ranks[i].name,
                       costed.bound->sizes[einsum::RankId(i)]);
  out += fmt::format("cascade: {}\n", base::sha256(einsum::print(*costed.cascade)));
  out += fmt::format("machine: {}\n", base::sha256(machine_text(*costed.machine)));
  out += fmt::format("mapping: {}\n", base::sha256(costed.mapping->file->text));
  return out;
}

}  // namespace einfall::explore
