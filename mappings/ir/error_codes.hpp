#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::mappings {

/// Codes reported by mapping documents and by binding them, E801 to E829, and by model documents,
/// E830; W801.
[[nodiscard]] std::span<const base::ErrorCode> ir_error_codes();

}  // namespace einfall::mappings
