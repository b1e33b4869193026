#pragma once

#include "base/diagnostic.hpp"
#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// W801, once a tensor: its type in the cascade is wider than the elements that the mapping moves,
/// those of a kept type or the machine's words. Such a tensor is evaluated with one width and
/// counted with another. Narrower types leave bits of a word unused, and the positions in `index`
/// and the truth values in `bool` are no operands.
[[nodiscard]] base::Diagnostics type_warnings(const BoundMapping& bound,
                                              const einsum::Cascade& cascade,
                                              const arch::Machine& machine);

}  // namespace einfall::mappings
