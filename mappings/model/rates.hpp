#pragma once

#include <vector>

#include "arch/machine.hpp"

/// What the model needs of a machine's tables, looked up once.
namespace einfall::mappings {

struct UnitRates {
  std::vector<double> operators;  // pJ of one use, by operator; a composed one is its parts
  double register_read = 0;       // pJ
  double register_write = 0;
};
struct MemoryRates {
  double read = 0;  // pJ a bit
  double write = 0;
};
struct Rates {
  std::vector<UnitRates> units;       // by Machine::units
  std::vector<MemoryRates> memories;  // by Machine::memories
  bool known = true;                  // false: the machine says that its energy is not known
};

/// The reader has checked that every row exists (E704), unless the machine has no energy at all.
[[nodiscard]] Rates rates(const arch::Machine& machine);

}  // namespace einfall::mappings
