#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::mappings {

/// Codes of the analytic model and its pipelines: E901 to E902.
[[nodiscard]] std::span<const base::ErrorCode> model_error_codes();

}  // namespace einfall::mappings
