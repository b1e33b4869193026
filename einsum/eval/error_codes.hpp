#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::einsum {

/// Codes reported while evaluating (E601-E605).
[[nodiscard]] std::span<const base::ErrorCode> eval_error_codes();

}  // namespace einfall::einsum
