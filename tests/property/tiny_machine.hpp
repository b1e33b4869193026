#pragma once

#include "arch/machine.hpp"

/// A buffer beside one lane that can do everything.
namespace einfall::tests {

inline constexpr std::int64_t kElement = 8;  // bytes: what cascades declare (fp64) is the word here
inline constexpr std::int64_t kRegisters = 4;  // of the one lane

inline arch::Machine tiny(std::int64_t capacity) {
  arch::Machine machine;
  machine.name = "tiny";
  machine.word = base::Bytes(kElement);
  machine.no_energy = "counts only";
  arch::ComputeUnit lane;
  lane.name = "lane";
  for (const char* op : {"mac", "add", "sub", "mul", "div", "max", "min", "exp"}) {
    arch::Operator one;
    one.name = op;
    lane.operators.push_back(one);
  }
  lane.dataflows = {arch::Dataflow::kVector};
  lane.registers.entries = kRegisters;
  lane.registers.width = base::Bits(8 * kElement);
  machine.units.push_back(lane);
  arch::Memory dram, buffer;
  dram.name = "dram";
  dram.row = buffer.row = base::Bytes(kElement);
  buffer.name = "buffer";
  buffer.capacity = {base::Bytes(capacity), {}};
  machine.memories = {dram, buffer};
  return machine;
}

}  // namespace einfall::tests
