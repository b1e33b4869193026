#pragma once

#include <string>

#include "explore/reproduction.hpp"

namespace einfall::explore {

/// docs/reference/quirks.md: every quirk of a reproduction's scenario, and what switching it on
/// alone changes: each headline's mean, against the corrected model, over all points.
[[nodiscard]] base::Result<std::string> quirks_page(const Reproduction& study,
                                                    Documents& documents);

}  // namespace einfall::explore
