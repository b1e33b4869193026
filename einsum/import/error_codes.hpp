#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::einsum {

/// Codes of imports from other tools and exports to them: E031 to E034, N31 to N35.
[[nodiscard]] std::span<const base::ErrorCode> import_error_codes();

}  // namespace einfall::einsum
