#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/binder.hpp"
#include "mappings/ir/capacity.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kUnbounded = std::int64_t{1} << 40;

// Where tasks share what an instance has: how many fit, and what is full first.
struct Room {
  std::int64_t tasks = kUnbounded;
  std::string place;
  base::SourceSpan span;

  void take(std::int64_t fitting, const std::string& name, const base::SourceSpan& at) {
    if (fitting >= tasks) return;
    tasks = fitting;
    place = name;
    span = at;
  }
};

// Lanes of a unit that one task uses: others have theirs beside it.
std::int64_t lanes_used(const BoundMapping& bound, UnitId unit) {
  std::int64_t most = 1;
  for (const BoundEinsum& step : bound.einsums)
    if (step.unit == unit) most = std::max(most, step.row_lanes * step.column_lanes);
  return most;
}

Room room_of(const Binder& binder) {
  const BoundMapping& bound = binder.bound;
  Room room;
  for (std::size_t m = 0; m < binder.machine.memories.size(); ++m) {
    const arch::Memory& memory = binder.machine.memories[m];
    if (memory.instances == 1 || !memory.capacity) continue;
    const std::int64_t wanted = memory_occupancy(bound, MemoryId(m)).amount;
    if (wanted > 0)
      room.take(memory.capacity->value.value() / wanted, fmt::format("memory '{}'", memory.name),
                memory.capacity->span);
  }
  for (std::size_t u = 0; u < binder.machine.units.size(); ++u) {
    const arch::ComputeUnit& unit = binder.machine.units[u];
    const std::int64_t wanted = register_occupancy(bound, binder.machine, UnitId(u)).amount;
    if (unit.instances == 1 || wanted == 0) continue;
    const std::int64_t beside =
        std::max<std::int64_t>(1, unit.lanes() / lanes_used(bound, UnitId(u)));
    room.take(unit.registers.entries / wanted * beside,
              fmt::format("the registers of '{}'", unit.name), unit.span);
  }
  return room;
}

// The memories beside instances: as many as there are of the units.
void place_memories(Binder& binder) {
  for (std::size_t k = 0; k < binder.bound.keeps.size(); ++k) {
    BoundKeep& keep = binder.bound.keeps[k];
    if (!keep.memory) continue;
    const arch::Memory& memory = binder.machine.memories[keep.memory->index()];
    if (memory.instances == 1) continue;
    keep.of_instance = true;
    if (memory.instances == binder.bound.slots) continue;
    binder.report(
        "E822", binder.bound.keep_spans[k],
        fmt::format("there are {} of memory '{}', and {} instances of the mapping's units",
                    memory.instances, memory.name, binder.bound.slots),
        "keep it in a memory that every instance has beside it, or that all share");
  }
}

// Only tasks that are dispatched take turns on hardware that several units are forms of.
void check_forms(Binder& binder) {
  const arch::Machine& machine = binder.machine;
  std::vector<std::optional<std::size_t>> used(machine.units.size());  // by hardware: a unit
  for (std::size_t s = 0; s < binder.bound.einsums.size(); ++s) {
    const std::size_t unit = binder.bound.einsums[s].unit.index();
    std::optional<std::size_t>& before = used[machine.hardware_of(unit)];
    if (before && *before != unit)
      return binder.report(
          "E822", binder.written_bindings[s]->unit.span,
          fmt::format("'{}' is the same hardware as '{}', and nothing is dispatched that could "
                      "take turns there",
                      machine.units[unit].name, machine.units[*before].name),
          "bind all Einsums to one of them, or `dispatch` tasks");
    before = unit;
  }
}

}  // namespace

bool bind_dispatch(Binder& binder) {
  const std::size_t before = binder.sink.size();
  place_memories(binder);
  const std::optional<Dispatch>& written = binder.mapping.dispatch;
  if (!written) {
    check_forms(binder);
    return binder.sink.size() == before;
  }
  BoundDispatch out;
  out.order = written->order;
  if (binder.bound.distributed.empty())
    binder.report("E822", written->span, "there are no tasks to dispatch",
                  "name the outermost loops whose iterations are tasks: `distribute: [H]`");
  if (binder.mapping.schedule.kind == ScheduleKind::kPipelined)
    binder.report("E822", written->span, "a software pipeline is not dispatched task by task",
                  "make the schedule phased or sequential");
  for (const auto& name : written->together) {
    const auto tensor = binder.cascade.find_tensor(name.value);
    if (tensor) {
      out.together.push_back(*tensor);
      continue;
    }
    std::vector<std::string> known;
    for (const einsum::Tensor& t : binder.cascade.tensors) known.push_back(t.name);
    binder.report("E805", name.span, fmt::format("there is no tensor '{}'", name.value),
                  suggestion(name.value, known));
  }
  binder.bound.dispatch = std::move(out);
  return binder.sink.size() == before;
}

void check_residents(Binder& binder) {
  if (!binder.bound.dispatch) return;
  const Room room = room_of(binder);
  const auto& wanted = binder.mapping.dispatch->per_instance;
  std::int64_t& residents = binder.bound.dispatch->per_instance;
  residents = std::max<std::int64_t>(1, wanted ? wanted->value : room.tasks);
  if (!wanted && room.tasks == kUnbounded) residents = 1;
  if (!wanted || wanted->value <= std::max<std::int64_t>(1, room.tasks)) return;
  base::Diagnostic full = base::error("E822", wanted->span,
                                      fmt::format("{} tasks at a time on an instance: {} holds {}",
                                                  wanted->value, room.place, room.tasks),
                                      "ask for fewer, or leave `per_instance` out");
  full.notes.push_back({room.span, "declared here"});
  binder.sink.push_back(std::move(full));
}

}  // namespace einfall::mappings
