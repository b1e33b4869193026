#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::mappings {

/// E9xx of the analytic model and the timetable.
[[nodiscard]] std::span<const base::ErrorCode> model_error_codes();

}  // namespace einfall::mappings
