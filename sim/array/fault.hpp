#pragma once

#include <cstdint>
#include <string>

namespace einfall::sim {

/// Why a run of a unit went wrong. Nothing that was not delivered is ever used as a number: the
/// unit stops in the cycle of the first fault, with its state as it was before. Where several PEs
/// go wrong in that cycle, one of them is named.
struct Fault {
  enum class Kind {
    kIllegal,         // the unit cannot run the instruction
    kNeverWritten,    // a register is read that nothing was written to
    kNotReady,        // a register is read before its result is there
    kOverwritten,     // a register is written before an earlier result for it has arrived
    kWordMissing,     // a word that should come with its neighbours' is not there
    kQueueFull,       // a word arrives where there is no room for it
    kOutputCollision  // two results of different latency leave in the same cycle
  };
  Kind kind = Kind::kIllegal;
  std::int64_t cycle = 0;
  int row = 0;              // 0 in a vector array
  int column = 0;           // lane
  int register_index = -1;  // of the register faults; the scale register comes after all others
  std::string instruction{};
  std::string detail{};  // of kIllegal

  bool operator==(const Fault&) const = default;
};

/// "cycle 17, PE (0, 0): register 3 is read before its result is there, by 'r1 = ...'".
[[nodiscard]] std::string text(const Fault& fault);

}  // namespace einfall::sim
