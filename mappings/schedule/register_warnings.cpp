#include "mappings/schedule/register_warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mappings/ir/capacity.hpp"

namespace einfall::mappings {
namespace {

// The unit that takes what operation o makes, if it is another one.
std::optional<UnitId> taker_of(const Timetable& timetable, std::size_t o) {
  for (const ModuloEdge& edge : timetable.edges)
    if (edge.from == o && edge.distance == 0 &&
        timetable.ops[edge.to].unit != timetable.ops[o].unit)
      return UnitId(timetable.ops[edge.to].unit);
  return std::nullopt;
}

base::SourceSpan place_of(const Mapping& mapping, const std::string& einsum) {
  for (const Binding& binding : mapping.bindings)
    if (binding.einsum == einsum) return binding.span;
  return mapping.schedule.span;
}

}  // namespace

base::Diagnostics register_warnings(const Timetable& timetable, const BoundMapping& bound,
                                    const einsum::Cascade& cascade, const arch::Machine& machine,
                                    const Mapping& mapping) {
  base::Diagnostics found;
  for (std::size_t o = 0; o < timetable.ops.size(); ++o) {
    const TimetableOp& op = timetable.ops[o];
    const auto taker = taker_of(timetable, o);
    if (!op.timing.leaves_array || !taker) continue;
    const arch::ComputeUnit& unit = machine.units[taker->index()];
    const StepId maker = op.tile.back();
    const std::int64_t entries =
        entries_of(machine, Wait{maker, maker, {}, *taker, timetable.live_values[o]});
    if (entries <= unit.registers.entries) continue;
    const std::string& name = cascade[bound[maker].einsum].name;
    found.push_back(base::warning(
        "W803", place_of(mapping, name),
        fmt::format("what comes of {} waits in {} registers of a lane of {}, which has {}", name,
                    entries, unit.name, unit.registers.entries),
        "times are those of enough registers; `interleave` it with another contraction, or let "
        "its reader take it as fast as it comes"));
  }
  return found;
}

}  // namespace einfall::mappings
