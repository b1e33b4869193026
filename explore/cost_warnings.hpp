#pragma once

#include "explore/costing.hpp"

namespace einfall::explore {

/// What a cost does not see of the documents it is made from: W801 to W803, of all parts.
[[nodiscard]] base::Diagnostics warnings_of(const Costed& costed);

}  // namespace einfall::explore
