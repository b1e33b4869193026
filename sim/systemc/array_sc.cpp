#include "sim/systemc/array_sc.hpp"

namespace einfall::sim {
namespace {

/// A whole row, or nothing.
std::span<const float> row_of(const std::vector<float>& offered, int words) {
  const auto size = static_cast<std::size_t>(words);
  return offered.size() < size ? std::span<const float>() : std::span(offered).first(size);
}

}  // namespace

ArraySc::ArraySc(const sc_core::sc_module_name& name, const ArraySpec& spec)
    : Clocked(name), core_(spec) {
  depend_on(instruction);
  depend_on(left);
  depend_on(top);
  sensitive << lanes;
}

ArrayInput ArraySc::input() const {
  ArrayInput input;
  if (instruction.valid.read() > 0) input.instruction = &instruction.offered().front();
  input.left = row_of(left.offered(), core_.spec().rows);
  input.top = row_of(top.offered(), core_.spec().columns);
  input.lanes = lanes.read().items;
  return input;
}

void ArraySc::settle() {
  const ArrayInput in = input();
  const bool issued = core_.preview(in) == Slot::kIssued;
  instruction.accept(issued ? 1 : 0);
  left.accept(issued && in.instruction->reads(Source::kLeft) ? core_.spec().rows : 0);
  top.accept(issued && in.instruction->feed == Feed::kRow ? core_.spec().columns : 0);
  foot.write({{core_.foot().begin(), core_.foot().end()}});
}

void ArraySc::step() { core_.tick(input()); }

}  // namespace einfall::sim
