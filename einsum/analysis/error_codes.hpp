#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::einsum {

/// Codes reported by the pass analysis, the point counts and the traffic bounds (E501-E505;
/// W506).
[[nodiscard]] std::span<const base::ErrorCode> analysis_error_codes();

}  // namespace einfall::einsum
