#include <fmt/format.h>

#include <algorithm>

#include "einsum/ir/operations.hpp"
#include "mappings/ir/binder.hpp"

namespace einfall::mappings {
namespace {

std::optional<UnitId> unit_of(Binder& binder, const Binding& written) {
  std::vector<std::string> known;
  for (std::size_t u = 0; u < binder.machine.units.size(); ++u) {
    if (binder.machine.units[u].name == written.unit.value) return UnitId(u);
    known.push_back(binder.machine.units[u].name);
  }
  binder.report(
      "E805", written.unit.span,
      fmt::format("machine '{}' has no unit '{}'", binder.machine.name, written.unit.value),
      suggestion(written.unit.value, known));
  return std::nullopt;
}

std::vector<PartId> parts_of(Binder& binder, const std::vector<Located<std::string>>& names) {
  std::vector<PartId> parts;
  for (const Located<std::string>& name : names) {
    if (binder.enough()) break;
    const auto found = binder.part_by_name.find(name.value);
    if (found != binder.part_by_name.end()) {
      parts.insert(parts.end(), found->second.begin(), found->second.end());
      continue;
    }
    std::vector<std::string> known;
    for (const auto& [known_name, ids] : binder.part_by_name) known.push_back(known_name);
    binder.report("E805", name.span, fmt::format("there is no rank or part '{}'", name.value),
                  suggestion(name.value, known));
  }
  return parts;
}

void bind_dataflow(Binder& binder, const Binding& written, const arch::ComputeUnit& unit) {
  if (unit.supports(written.dataflow)) return;
  std::vector<std::string> has;
  for (const arch::Dataflow dataflow : unit.dataflows) has.emplace_back(arch::name(dataflow));
  base::Diagnostic unsupported =
      base::error("E813", written.span,
                  fmt::format("unit '{}' does not have the dataflow '{}' that '{}' asks for",
                              unit.name, arch::name(written.dataflow), written.einsum),
                  fmt::format("it has: {}", fmt::join(has, " ")));
  unsupported.notes.push_back({unit.span, "the unit"});
  binder.sink.push_back(std::move(unsupported));
}

void bind_operators(Binder& binder, const Binding& written, const arch::ComputeUnit& unit,
                    BoundEinsum& step) {
  for (const einsum::Operation& operation :
       einsum::operations(binder.cascade, binder.cascade[step.einsum])) {
    const arch::Operator* op = unit.find(operation.op);
    if (op != nullptr) {
      step.operators.push_back({static_cast<std::size_t>(op - unit.operators.data()),
                                operation.count, operation.reduction});
      step.issue_cycles += operation.count * op->issue_cycles;
      continue;
    }
    std::vector<std::string> has;
    for (const arch::Operator& other : unit.operators) has.push_back(other.name);
    base::Diagnostic missing = base::error(
        "E812", written.span,
        fmt::format("'{}' needs the operator '{}', which unit '{}' of machine '{}' does not have",
                    written.einsum, operation.op, unit.name, binder.machine.name),
        fmt::format("it has: {}", fmt::join(has, " ")));
    missing.notes.push_back({unit.span, "the unit"});
    binder.sink.push_back(std::move(missing));
  }
}

void bind_one(Binder& binder, const Binding& written, StepId id) {
  BoundEinsum& step = binder.bound.einsums[id.index()];
  step.rows = parts_of(binder, written.rows);
  step.columns = parts_of(binder, written.columns);
  step.time = parts_of(binder, written.time);
  step.dataflow = written.dataflow;
  const auto unit = unit_of(binder, written);
  if (!unit) return;
  step.unit = *unit;
  const arch::ComputeUnit& machine_unit = binder.machine.units[unit->index()];
  bind_dataflow(binder, written, machine_unit);
  bind_operators(binder, written, machine_unit, step);
}

}  // namespace

bool bind_units(Binder& binder) {
  const std::size_t before = binder.sink.size();
  binder.written_bindings.resize(binder.bound.einsums.size(), nullptr);
  for (const Binding& written : binder.mapping.bindings) {
    if (binder.enough()) break;
    const auto step = binder.step_by_name.find(written.einsum);
    if (step == binder.step_by_name.end()) {
      std::vector<std::string> known;
      for (const auto& [name, id] : binder.step_by_name) known.push_back(name);
      binder.report("E805", written.span,
                    fmt::format("'{}' is bound but is no Einsum of the nest", written.einsum),
                    suggestion(written.einsum, known));
      continue;
    }
    binder.written_bindings[step->second.index()] = &written;
    bind_one(binder, written, step->second);
  }
  for (std::size_t s = 0; s < binder.bound.einsums.size(); ++s)
    if (binder.written_bindings[s] == nullptr)
      binder.report("E820", binder.step_spans[s],
                    fmt::format("'{}' is not bound to a unit", binder.name_of(StepId(s))),
                    "add it under 'bind'");
  return binder.sink.size() == before;
}

}  // namespace einfall::mappings
