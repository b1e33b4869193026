#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/diagnostic.hpp"

namespace einfall::base {

/// A value, or the diagnostics (at least one error) that say why there is none.
/// Warnings of a successful call go to the Diagnostics sink that such functions take.
template <class T>
using Result = tl::expected<T, Diagnostics>;

[[nodiscard]] inline tl::unexpected<Diagnostics> failure(Diagnostics diagnostics) {
  return tl::make_unexpected(std::move(diagnostics));
}
[[nodiscard]] inline tl::unexpected<Diagnostics> failure(Diagnostic diagnostic) {
  return tl::make_unexpected(Diagnostics{std::move(diagnostic)});
}

}  // namespace einfall::base

#define EINFALL_CONCAT_INNER(a, b) a##b
#define EINFALL_CONCAT(a, b) EINFALL_CONCAT_INNER(a, b)

/// `EINFALL_TRY(auto cascade, parse(file));` declares the value or returns the diagnostics.
#define EINFALL_TRY(declaration, expression)                                               \
  auto EINFALL_CONCAT(result_, __LINE__) = (expression);                                   \
  if (!EINFALL_CONCAT(result_, __LINE__))                                                  \
    return ::einfall::base::failure(std::move(EINFALL_CONCAT(result_, __LINE__)).error()); \
  declaration = std::move(*EINFALL_CONCAT(result_, __LINE__))
