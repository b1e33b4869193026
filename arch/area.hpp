#pragma once

#include "arch/machine.hpp"

namespace einfall::arch {

/// `count` pieces of a component in a part, all instances and lanes together.
struct AreaComponent {
  std::string part;  // unit or memory
  std::string component;
  double count = 0;
  double um2 = 0;      // of all of them
  std::string source;  // of its row
};

/// What the units and memories are made of, part by part; `area` sums it up. Error E705 for each
/// component without a row.
[[nodiscard]] base::Result<std::vector<AreaComponent>> area_components(const Machine& machine);

}  // namespace einfall::arch
