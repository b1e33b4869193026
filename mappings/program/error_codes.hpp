#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::mappings {

/// E89x: bound mappings that cannot be executed operation by operation.
[[nodiscard]] std::span<const base::ErrorCode> program_error_codes();

}  // namespace einfall::mappings
