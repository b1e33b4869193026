#pragma once

#include "base/diagnostic.hpp"
#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// W802, once an Einsum: with these sizes it has no point, or none that is needed. It takes no time
/// and moves nothing.
[[nodiscard]] base::Diagnostics point_warnings(const BoundMapping& bound,
                                               const einsum::Cascade& cascade);

}  // namespace einfall::mappings
