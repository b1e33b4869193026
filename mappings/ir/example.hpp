#pragma once

#include "base/diagnostic.hpp"
#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Binds a mapping to what its `example` names. Precondition: it has one.
[[nodiscard]] base::Result<BoundMapping> bind_example(const Mapping& mapping);

/// Everything that can be said of a mapping document by itself: what its reader reports, and, where
/// it has an example, whether it is legal there.
[[nodiscard]] base::Diagnostics check_mapping(const std::string& path);

}  // namespace einfall::mappings
