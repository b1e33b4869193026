#include "sim/systemc/lanes_sc.hpp"

namespace einfall::sim {

LanesSc::LanesSc(const sc_core::sc_module_name& name, const LanesSpec& spec)
    : Clocked(name), core_(spec) {
  depend_on(instruction);
  depend_on(memory);
  sensitive << foot;
}

LanesInput LanesSc::input() const {
  LanesInput input;
  if (instruction.valid.read() > 0) input.instruction = &instruction.offered().front();
  const auto lanes = static_cast<std::size_t>(core_.spec().lanes);
  if (memory.offered().size() >= lanes) input.memory = std::span(memory.offered()).first(lanes);
  input.foot = foot.read().items;
  return input;
}

void LanesSc::settle() {
  const LanesInput in = input();
  const bool issued = core_.preview(in) == Slot::kIssued;
  instruction.accept(issued ? 1 : 0);
  memory.accept(issued && in.instruction->reads(Source::kMemory) ? core_.spec().lanes : 0);
  link.write({{core_.link().begin(), core_.link().end()}});
  to_memory.write({{core_.memory().begin(), core_.memory().end()}});
}

void LanesSc::step() { core_.tick(input()); }

}  // namespace einfall::sim
