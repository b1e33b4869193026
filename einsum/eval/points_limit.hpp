#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum::eval {

/// E601 for an Einsum of so many points, all steps together, if that is more than `most`: a loop
/// that nobody waits for is refused, however little memory it needs.
[[nodiscard]] std::optional<base::Diagnostic> too_many_points(double points, std::int64_t most,
                                                              const base::SourceSpan& span);

/// The same for every Einsum of a cascade, before anything is made for it.
[[nodiscard]] base::Result<void> check_points(const Cascade& cascade, const Sizes& sizes,
                                              std::int64_t most);

}  // namespace einfall::einsum::eval
