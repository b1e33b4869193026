#pragma once

#include <string>
#include <vector>

#include "mappings/model/counts.hpp"
#include "mappings/model/rates.hpp"

namespace einfall::mappings {

enum class EnergyKind { kOperator, kRegister, kMemory };

/// One line of the energy account: `count` actions of `picojoules` each.
struct EnergyPart {
  EnergyKind kind = EnergyKind::kOperator;
  StepId step;                         // on whose behalf
  std::size_t place = 0;               // unit (operators, registers) or memory
  std::size_t op = 0;                  // kOperator: into ComputeUnit::operators
  bool write = false;                  // kRegister, kMemory
  einsum::TensorId tensor;             // kMemory
  FlowKind flow = FlowKind::kOperand;  // kMemory
  double count = 0;                    // operations, register accesses, or bits moved at the memory
  double picojoules = 0;               // of one
  double joules = 0;                   // count * picojoules, rounded once (settle)
  [[nodiscard]] double energy() const { return count * picojoules; }
};

/// Every part in one fixed order (Einsums in the order of the nest: operators, registers; then
/// flows), not settled.
[[nodiscard]] std::vector<EnergyPart> energy_parts(const BoundMapping& bound,
                                                   const einsum::Cascade& cascade,
                                                   const arch::Machine& machine,
                                                   const Counts& counts, const Rates& rates,
                                                   const ModelOptions& options);

struct EnergyTotal {
  double joules = 0;
  int decimals = 0;  // of a joule, that parts and total have
};
/// Rounds every part to one decimal place and adds up what is printed: the total is the sum of the
/// rounded parts, digit for digit. The place gives the sum ten digits and the smallest part that is
/// not zero six, but the sum no more than the 15 that a double holds: a part below a billionth of
/// the sum has fewer.
[[nodiscard]] EnergyTotal settle(std::vector<EnergyPart>& parts);

}  // namespace einfall::mappings
