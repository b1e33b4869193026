#pragma once

#include <string>
#include <vector>

#include "arch/area.hpp"
#include "explore/costing.hpp"

/// Where the numbers of a cost account come from: rows of the machine's tables, or why there is
/// none.
namespace einfall::explore {

/// The rows behind a line of the energy account: one for each part of a composed operator, none for
/// an operator that the scenario leaves unpriced. Precondition: the machine's energy is known.
[[nodiscard]] std::vector<const arch::EnergyRow*> energy_rows(const arch::Machine& machine,
                                                              const mappings::EnergyPart& part);

/// Why the energy is not known; empty where it is. A composition names the part concerned.
[[nodiscard]] std::string energy_note(const Costed& costed);

/// The area of the machine: `mm2` is the sum of `components`; or, if it is not known, `note` says
/// why and the rest is empty.
struct AreaAccount {
  std::vector<arch::AreaComponent> components;
  double mm2 = 0;
  std::string note;
};
[[nodiscard]] AreaAccount area_account(const Costed& costed);

/// Every component on its line and their sum; empty where the area is not known.
[[nodiscard]] std::string area_table(const AreaAccount& area);

/// Numbered footnotes of a table whose lines come from energy rows.
class RowNotes {
 public:
  /// "1 2": the numbers of these rows; new ones are given the next.
  [[nodiscard]] std::string marks(const std::vector<const arch::EnergyRow*>& rows);
  /// Every row with its number, what it costs and its source.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<const arch::EnergyRow*> rows_;
};

}  // namespace einfall::explore
