#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::arch {

/// Codes reported by machine documents: E701 to E721.
[[nodiscard]] std::span<const base::ErrorCode> error_codes();

}  // namespace einfall::arch
