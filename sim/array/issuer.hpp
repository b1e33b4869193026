#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/array/programs.hpp"

namespace einfall::sim {

/// Issues the instructions of tile operations, stepped: the slots of an operation follow each other
/// from the cycle in which it has been started. An instruction stays where it is until the unit has
/// taken it, a bubble passes in its cycle.
class Issuer {
 public:
  /// `ends`: by operation, its last slot + 1. Precondition: they rise, the last is slots.size().
  Issuer(Slots slots, std::vector<std::size_t> ends);

  /// In this cycle, `started` operations having been started; null: nothing, or a bubble.
  [[nodiscard]] const Instruction* offered(std::int64_t started) const;
  /// One cycle; whether the unit took what was offered.
  void tick(std::int64_t started, bool issued);

  /// Operations of which all slots have passed.
  [[nodiscard]] std::int64_t finished() const { return finished_; }
  [[nodiscard]] bool done() const { return slot_ == slots_.size(); }
  /// By operation: the cycle in which its first instruction was taken.
  [[nodiscard]] const std::vector<std::int64_t>& began() const { return began_; }
  /// The last cycle in which an instruction was taken; -1: none was.
  [[nodiscard]] std::int64_t last_issued() const { return last_issued_; }

 private:
  [[nodiscard]] bool open(std::int64_t started) const { return !done() && started > finished_; }

  Slots slots_;
  std::vector<std::size_t> ends_;
  std::int64_t cycle_ = 0;
  std::size_t slot_ = 0;
  std::int64_t finished_ = 0;
  std::vector<std::int64_t> began_;
  std::int64_t last_issued_ = -1;
};

}  // namespace einfall::sim
