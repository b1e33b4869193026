#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/array/fault.hpp"
#include "sim/array/unit_spec.hpp"

namespace einfall::sim {

/// When each register of the first PE (lane) holds its value. All others see the same instructions
/// at the same distances in time, so what holds there holds everywhere, and each instruction is
/// judged once, when it is issued.
class Scoreboard {
 public:
  Scoreboard(int registers, const OperatorTable& operators);

  /// An instruction that takes several issue cycles occupies the unit.
  [[nodiscard]] bool busy(std::int64_t cycle) const { return cycle < free_; }
  /// What would go wrong if this (legal) instruction were issued now.
  [[nodiscard]] std::optional<Fault> fault(const Instruction& instruction,
                                           std::int64_t cycle) const;
  /// Precondition: not busy, no fault.
  void issue(const Instruction& instruction, std::int64_t cycle);
  /// The first cycle from `cycle` on at which the instruction has no fault of readiness; `cycle`
  /// if time does not help.
  [[nodiscard]] std::int64_t earliest(const Instruction& instruction, std::int64_t cycle) const;

 private:
  static constexpr std::int64_t kNever = -1;
  [[nodiscard]] std::optional<Fault> read_fault(int index, std::int64_t cycle) const;
  [[nodiscard]] std::optional<Fault> write_fault(int index, std::int64_t ready) const;

  OperatorTable operators_;
  std::vector<std::int64_t> ready_;  // by register, then the scale register
  std::int64_t free_ = 0;
};

}  // namespace einfall::sim
