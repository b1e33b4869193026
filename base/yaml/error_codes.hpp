#pragma once

#include <span>

#include "base/error_code.hpp"

namespace einfall::base::yaml {

/// Codes of the reader, of scalars with units and of schemas: E001, E010 to E021.
[[nodiscard]] std::span<const ErrorCode> error_codes();

}  // namespace einfall::base::yaml
