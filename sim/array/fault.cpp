#include "sim/array/fault.hpp"

#include <fmt/format.h>

namespace einfall::sim {
namespace {

std::string what(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::kIllegal:
      return "the unit cannot run this: " + fault.detail;
    case Fault::Kind::kNeverWritten:
      return fmt::format("register {} is read that nothing was written to", fault.register_index);
    case Fault::Kind::kNotReady:
      return fmt::format("register {} is read before its result is there", fault.register_index);
    case Fault::Kind::kOverwritten:
      return fmt::format("register {} is written before an earlier result for it has arrived",
                         fault.register_index);
    case Fault::Kind::kWordMissing:
      return "a word that should come with its neighbours' is not there";
    case Fault::Kind::kQueueFull:
      return "a word arrives and its queue is full";
    case Fault::Kind::kOutputCollision:
      return "two results leave in the same cycle";
  }
  return "?";
}

}  // namespace

std::string text(const Fault& fault) {
  const std::string by =
      fault.instruction.empty() ? "" : fmt::format(", by '{}'", fault.instruction);
  return fmt::format("cycle {}, PE ({}, {}): {}{}", fault.cycle, fault.row, fault.column,
                     what(fault), by);
}

}  // namespace einfall::sim
