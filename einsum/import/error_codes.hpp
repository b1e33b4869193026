#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::einsum {

/// Codes of imports from other tools and exports to them: E901 to E903, N901 to N904.
[[nodiscard]] std::span<const base::ErrorCode> import_error_codes();

}  // namespace einfall::einsum
