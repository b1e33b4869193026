#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explore/costing.hpp"

namespace einfall::explore {

/// Tensors that move in words of the machine because neither the cascade nor what keeps them says
/// how wide their elements are. `analyze` knows no machine and takes 8 bytes for them.
struct UntypedElements {
  std::int64_t bytes = 0;            // of an element: the machine's word
  std::vector<std::string> tensors;  // in the order in which they move; nothing: all have a type
  bool all = false;                  // nothing else moves
};
/// Precondition: the scenario is no composition.
[[nodiscard]] UntypedElements untyped_elements(const Costed& costed);

/// The same as a line; empty where every tensor has a type. Of a composition once for all parts
/// that share it, and with their names where they differ.
[[nodiscard]] std::string untyped_text(const Costed& costed);

}  // namespace einfall::explore
