#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::explore {

/// Codes of documents as a whole and of what is done with several of them.
[[nodiscard]] std::span<const base::ErrorCode> error_codes();
/// Codes of the program around them: its command line and its output.
[[nodiscard]] std::span<const base::ErrorCode> program_error_codes();

}  // namespace einfall::explore
