#pragma once

#include <vector>

#include "mappings/model/counts.hpp"

/// In which pieces a kept tensor comes and goes.
namespace einfall::mappings {

/// The keep of an access that lies in this place. Precondition: there is one.
[[nodiscard]] KeepId keep_at(const BoundMapping& bound, const BoundAccess& access, Place place);

/// The Einsums that read through a keep, in the order of the nest.
[[nodiscard]] std::vector<StepId> readers_of(const BoundMapping& bound, KeepId keep);

/// An index of the access chooses what it reads.
[[nodiscard]] bool gathers(const BoundMapping& bound, const BoundAccess& access);

/// The loops that renew a keep's slice and, inside them, those that all its users take it piece by
/// piece in.
[[nodiscard]] std::vector<PartId> piece_loops(const BoundMapping& bound, KeepId keep,
                                              const std::vector<StepId>& users);

}  // namespace einfall::mappings
