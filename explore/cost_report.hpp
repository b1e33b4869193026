#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explore/costing.hpp"

namespace einfall::explore {

/// The account of a scenario for a terminal: where every cycle and every joule comes from. The rows
/// of each table add up to its total (cycles exactly; energies in the order of the rows).
[[nodiscard]] std::string cost_text(const Costed& costed);

/// One line of the energy account, with words in place of ids.
struct EnergyLine {
  std::string einsum;
  std::string part;    // unit or memory
  std::string action;  // "mac", "register read", "read Q (operand)"
  double count = 0;    // operations, accesses or bits
  double picojoules = 0;
  double joules = 0;
  /// The rows of the machine's tables behind it; a composed operator has one for each of its parts,
  /// an operator that the scenario leaves unpriced none. They live as long as the machine.
  std::vector<const arch::EnergyRow*> rows;
};
[[nodiscard]] std::vector<EnergyLine> energy_lines(const Costed& costed);

/// One line of the traffic account: why bytes of a tensor move from one place to another.
struct TrafficLine {
  std::string tensor;
  std::string why;     // "operand", "partial sums in"
  std::string einsum;  // for or by which
  std::string from, to;
  std::optional<mappings::Exact> read_bytes, write_bytes;  // unset where the place is a unit
};
[[nodiscard]] std::vector<TrafficLine> traffic_lines(const Costed& costed);

/// What limits the run: "array1d 0.99, dram 0.40", the largest share of busy cycles first.
struct Limit {
  std::string what;
  double share = 0;  // of the run's cycles
};
[[nodiscard]] std::vector<Limit> limits(const Costed& costed);

/// 0 of a run that takes no time, since no Einsum has a point.
[[nodiscard]] inline double share_of(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

}  // namespace einfall::explore
