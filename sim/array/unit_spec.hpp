#pragma once

#include <algorithm>
#include <vector>

#include "base/numerics/format.hpp"
#include "sim/array/isa.hpp"

namespace einfall::sim {

/// Cycles of an operator: from one issue to the next, and from issue to when the result can be
/// read. Both >= 1.
struct OperatorCycles {
  int issue = 1;
  int latency = 1;
  bool operator==(const OperatorCycles&) const = default;
};

/// By hardware operator; moves and exchanges take {1, 1}.
struct OperatorTable {
  OperatorCycles multiply_add;  // multiply-add, multiply and the steps of exp
  OperatorCycles add;           // add, subtract
  OperatorCycles compare;       // max, min, select
  OperatorCycles divide;

  [[nodiscard]] OperatorCycles of(Op op) const {
    switch (op) {
      case Op::kMove:
      case Op::kExchange:
        return {};
      case Op::kAdd:
      case Op::kSubtract:
        return add;
      case Op::kMax:
      case Op::kMin:
      case Op::kSelect:
        return compare;
      case Op::kDivide:
        return divide;
      case Op::kMultiplyAdd:
      case Op::kMultiply:
      case Op::kReduceExponent:
      case Op::kHorner:
      case Op::kHornerScaled:
        return multiply_add;
    }
    return {};
  }
};

/// What both arrays have in common.
struct UnitSpec {
  int registers = 0;  // of each PE or lane, at most 255
  std::vector<float> constants;
  OperatorTable operators;
  int hop = 1;  // cycles from a PE (lane) to its neighbour, >= 1
  base::numerics::Format operand = base::numerics::kBf16;
  /// A format whose numbers are fp32 numbers.
  base::numerics::Format accumulate = base::numerics::kFp32;
  base::numerics::Rounding rounding;
};

/// A wire with a valid bit.
struct Word {
  float value = 0;
  bool valid = false;
};

/// What a unit did with the instruction slot of a cycle.
enum class Slot {
  kIssued,
  kNoInstruction,
  kBusy,   // an instruction with more than one issue cycle occupies the unit
  kNoRow,  // the row of words from a memory that the instruction needs is not there
  kNoWord  // the first of the words that come lane by lane is not there
};
inline constexpr int kSlots = 5;

}  // namespace einfall::sim
