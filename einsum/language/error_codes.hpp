#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::einsum {

/// Codes reported while a cascade document is read: its keys (E022-E029), expressions (E101-E109,
/// E401), names (E201-E215), structure (E301-E315), types (E402-E404), warnings (W1-W7), notes
/// (N1).
[[nodiscard]] std::span<const base::ErrorCode> language_error_codes();

}  // namespace einfall::einsum
