#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::mappings {

/// Codes reported by mapping documents and by binding them, E801 to E832, E830 of them by model
/// documents; W801 to W802.
[[nodiscard]] std::span<const base::ErrorCode> ir_error_codes();

}  // namespace einfall::mappings
