#include "arch/area.hpp"

#include <fmt/format.h>

namespace einfall::arch {
namespace {

constexpr double kSquareMillimetre = 1e6;  // in um2

// Lists what the parts are made of, reporting every component without a row.
class Components {
 public:
  explicit Components(const Machine& machine) : machine_(machine) {}

  void add(const ComputeUnit& unit) {
    const auto instances = static_cast<double>(unit.instances);
    const double lanes = static_cast<double>(unit.lanes()) * instances;
    for (const AreaItem& item : unit.pe_area)
      add(unit.name, item.component, static_cast<double>(item.count) * lanes, item.span);
    if (unit.registers.entries > 0)
      add(unit.name, unit.registers.component, lanes, unit.registers.span);
    for (const AreaItem& item : unit.unit_area)
      add(unit.name, item.component, static_cast<double>(item.count) * instances, item.span);
  }
  void add(const Memory& memory) { add(memory.name, memory.component, 1, memory.span); }

  base::Result<std::vector<AreaComponent>> take() {
    if (base::has_errors(sink_)) return base::failure(std::move(sink_));
    return std::move(components_);
  }

 private:
  void add(const std::string& part, const std::string& component, double count,
           const base::SourceSpan& span) {
    if (const AreaRow* row = machine_.tables.find_area(component)) {
      components_.push_back({part, component, count, row->area.value() * count, row->source});
      return;
    }
    std::vector<std::string> known;
    for (const AreaRow& row : machine_.tables.area) known.push_back(row.component);
    const std::string close = base::nearest(component, known);
    sink_.push_back(
        base::error("E705", span, fmt::format("no table has the area of component '{}'", component),
                    close.empty() ? "add the row to a table of this machine, with its source"
                                  : fmt::format("did you mean '{}'?", close)));
  }

  const Machine& machine_;
  std::vector<AreaComponent> components_;
  base::Diagnostics sink_;
};

}  // namespace

base::Result<std::vector<AreaComponent>> area_components(const Machine& machine) {
  Components components(machine);
  for (const ComputeUnit& unit : machine.units) components.add(unit);
  for (const Memory& memory : machine.memories) components.add(memory);
  return components.take();
}

base::Result<std::vector<AreaPart>> area(const Machine& machine) {
  EINFALL_TRY(const std::vector<AreaComponent> components, area_components(machine));
  std::vector<AreaPart> parts;
  for (const ComputeUnit& unit : machine.units) parts.push_back({unit.name});
  for (const Memory& memory : machine.memories) parts.push_back({memory.name});
  for (AreaPart& part : parts) {
    double um2 = 0;
    for (const AreaComponent& component : components)
      if (component.part == part.part) um2 += component.um2;
    part.mm2 = um2 / kSquareMillimetre;
  }
  return parts;
}

}  // namespace einfall::arch
