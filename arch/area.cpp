#include <fmt/format.h>

#include "arch/machine.hpp"

namespace einfall::arch {
namespace {

constexpr double kSquareMillimetre = 1e6;  // in um2

// Sums up the areas of one part, reporting every component without a row.
class PartSum {
 public:
  PartSum(const Machine& machine, base::Diagnostics& sink) : machine_(machine), sink_(sink) {}

  void add(const std::string& component, double count, const base::SourceSpan& span) {
    if (const AreaRow* row = machine_.tables.find_area(component)) {
      um2_ += row->area.value() * count;
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
  [[nodiscard]] double mm2() const { return um2_ / kSquareMillimetre; }

 private:
  const Machine& machine_;
  base::Diagnostics& sink_;
  double um2_ = 0;
};

}  // namespace

base::Result<std::vector<AreaPart>> area(const Machine& machine) {
  base::Diagnostics sink;
  std::vector<AreaPart> parts;
  for (const ComputeUnit& unit : machine.units) {
    PartSum sum(machine, sink);
    const auto instances = static_cast<double>(unit.instances);
    const double lanes = static_cast<double>(unit.lanes()) * instances;
    for (const AreaItem& item : unit.pe_area)
      sum.add(item.component, static_cast<double>(item.count) * lanes, item.span);
    if (unit.registers.entries > 0) sum.add(unit.registers.component, lanes, unit.registers.span);
    for (const AreaItem& item : unit.unit_area)
      sum.add(item.component, static_cast<double>(item.count) * instances, item.span);
    parts.push_back({unit.name, sum.mm2()});
  }
  for (const Memory& memory : machine.memories) {
    PartSum sum(machine, sink);
    sum.add(memory.component, 1, memory.span);
    parts.push_back({memory.name, sum.mm2()});
  }
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return parts;
}

}  // namespace einfall::arch
