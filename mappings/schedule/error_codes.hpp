#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::mappings {

/// Codes of compiling a pipelined mapping into a timetable: E880 to E885; W803.
[[nodiscard]] std::span<const base::ErrorCode> schedule_error_codes();

}  // namespace einfall::mappings
