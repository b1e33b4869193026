#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::einsum {

/// Codes reported by the IR: sizes and params (E220-E225), dependences (E302, E303).
[[nodiscard]] std::span<const base::ErrorCode> ir_error_codes();

}  // namespace einfall::einsum
