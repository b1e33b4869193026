#pragma once

#include "sim/systemc/array_machine.hpp"
#include "tests/support/epoch_bench.hpp"

/// The epochs of epoch_programs.hpp as a program of the whole machine: keys and values of a tile
/// are one piece of the left stream, the queries of a block one of the top stream, and AV of a
/// block one that goes back to the memory.
namespace einfall::tests {

struct EpochMemory {
  /// Rows that the pins of the memory move in so many cycles.
  std::int64_t rows = 1, cycles = 1;
  std::int64_t latency = 5;
  int spare_tiles = 2;  // with room in the buffer beyond those that an epoch works on
  int ports = 8, banks = 61;
  std::int64_t buffer_latency = 2, path_latency = 1;
  std::int64_t prefetch = 16;
};

struct EpochMachine {
  sim::ArrayMachineSpec spec;
  sim::ArrayMachineProgram program;
};

/// What the machine stores are the rows of AV, as EpochResult has them. Precondition: distance <=
/// all_tiles(), so that no epoch is empty.
[[nodiscard]] EpochMachine epoch_machine(const EpochShape& shape, const EpochTiming& timing,
                                         const EpochInputs& inputs, const EpochMemory& memory);

}  // namespace einfall::tests
