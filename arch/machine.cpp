#include "arch/machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arch/assemble.hpp"

namespace einfall::arch {
namespace {

template <class T>
const T* by_name(const std::vector<T>& parts, const std::string& name) {
  const auto it =
      std::find_if(parts.begin(), parts.end(), [&](const T& p) { return p.name == name; });
  return it == parts.end() ? nullptr : &*it;
}

// "16MiB": the largest binary unit that leaves a whole number.
std::string compact(base::Bytes bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::int64_t value = bytes.value();
  std::size_t unit = 0;
  while (value != 0 && value % 1024 == 0 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", value, units[unit]);
}

std::string with(std::string text, const std::string& hole, const std::string& value) {
  for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole))
    text.replace(at, hole.size(), value);
  return text;
}

}  // namespace

const EnergyRow* Tables::find(const std::string& component, const std::string& action) const {
  const auto it = std::find_if(energy.begin(), energy.end(), [&](const EnergyRow& row) {
    return row.component == component && row.action == action;
  });
  return it == energy.end() ? nullptr : &*it;
}

const AreaRow* Tables::find_area(const std::string& component) const {
  const auto it = std::find_if(area.begin(), area.end(),
                               [&](const AreaRow& row) { return row.component == component; });
  return it == area.end() ? nullptr : &*it;
}

const Operator* ComputeUnit::find(const std::string& op) const { return by_name(operators, op); }

bool ComputeUnit::supports(Dataflow dataflow) const {
  return std::find(dataflows.begin(), dataflows.end(), dataflow) != dataflows.end();
}

std::size_t Machine::hardware_of(std::size_t unit) const {
  if (!units[unit].form_of) return unit;
  return static_cast<std::size_t>(find_unit(units[unit].form_of->value) - units.data());
}

const ComputeUnit* Machine::find_unit(const std::string& wanted) const {
  return by_name(units, wanted);
}
const Memory* Machine::find_memory(const std::string& wanted) const {
  return by_name(memories, wanted);
}

std::string memory_component(const std::string& pattern, const Memory& memory) {
  const std::string capacity = memory.capacity ? compact(memory.capacity->value) : "unlimited";
  return with(with(pattern, "{capacity}", capacity), "{row}",
              fmt::format("{}B", memory.row.value()));
}

std::string register_component(const std::string& pattern, std::int64_t entries) {
  return with(pattern, "{entries}", std::to_string(entries));
}

base::Result<Machine> with_capacity(const Machine& machine, const std::string& memory,
                                    base::Bytes capacity) {
  const base::SourceSpan whole{machine.file, 0, 0, 1};
  Machine out = machine;
  const auto it = std::find_if(out.memories.begin(), out.memories.end(),
                               [&](const Memory& m) { return m.name == memory; });
  if (it == out.memories.end() || !it->capacity)
    return base::failure(
        base::error("E711", whole,
                    fmt::format("machine '{}' has no memory '{}' whose capacity could be set",
                                machine.name, memory)));
  if (capacity.value() < it->row.value() || capacity.value() % it->row.value() != 0)
    return base::failure(base::error(
        "E714", it->capacity->span,
        fmt::format("the capacity of memory '{}', {} B, is not a whole number of rows of {} B",
                    memory, capacity.value(), it->row.value())));
  it->capacity->value = capacity;
  it->component = memory_component(it->component_pattern, *it);
  base::Diagnostics sink;
  check_memory_rows(out, *it, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return out;
}

}  // namespace einfall::arch
