#pragma once

#include <string>
#include <string_view>

namespace einfall::base {

/// SHA-256 of a text (FIPS 180-4), in hexadecimal.
[[nodiscard]] std::string sha256(std::string_view text);

}  // namespace einfall::base
