#pragma once

#include <optional>

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Elements that an access needs of the slices which the issued iterations of `outer` bring: of
/// neighbouring iterations together, and again for every iteration of loops that are not among the
/// `selecting`, which bring another slice. nullopt: they would have to be looked at one by one, and
/// there are more than kMostBoxes (mask.hpp).
[[nodiscard]] std::optional<std::int64_t> issued_fill(const BoundMapping& bound, const Mask& mask,
                                                      einsum::AccessId user, PartSet outer,
                                                      PartSet selecting);

}  // namespace einfall::mappings
