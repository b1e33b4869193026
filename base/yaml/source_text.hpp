#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/diagnostic.hpp"

/// What the reader finds out from the text itself, because yaml-cpp does not say.
namespace einfall::base::yaml {

/// Checks what yaml-cpp does not: size (E014), UTF-8, control characters, NUL and byte order marks
/// (E010). The place is the first offending byte.
[[nodiscard]] std::optional<Diagnostic> check_text(const std::shared_ptr<const SourceFile>& file);

/// Offset just past the closing quote of the quoted scalar that begins at `begin`; nullopt if the
/// text ends first (yaml-cpp 0.7 accepts that in silence).
[[nodiscard]] std::optional<std::size_t> end_of_quoted(std::string_view text, std::size_t begin);

/// Columns cut off from the literal block whose '|' stands at `bar`, given what came out.
[[nodiscard]] std::uint32_t literal_indent(std::string_view source, std::size_t bar,
                                           std::string_view text);

}  // namespace einfall::base::yaml
