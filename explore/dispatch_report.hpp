#pragma once

#include <string>

#include "explore/costing.hpp"

namespace einfall::explore {

/// Where the cycles of dispatched tasks go. Precondition: the mapping dispatches.
[[nodiscard]] std::string dispatch_text(const Costed& costed);

}  // namespace einfall::explore
