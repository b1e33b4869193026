#pragma once

#include "base/diagnostic.hpp"
#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// What the `example` of a mapping names, and the mapping bound to it.
struct BoundExample {
  einsum::Cascade cascade;
  arch::Machine machine;
  BoundMapping bound;
};

/// Binds a mapping to what its `example` names. Precondition: it has one.
[[nodiscard]] base::Result<BoundExample> bind_example(const Mapping& mapping);

}  // namespace einfall::mappings
