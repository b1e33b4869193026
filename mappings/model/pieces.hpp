#pragma once

#include <vector>

#include "mappings/model/counts.hpp"

/// In which pieces a kept tensor comes and goes.
namespace einfall::mappings {

/// Visits that an operation may be ahead of (or behind) the transfer that feeds (or empties) it
/// where no memory keeps the tensor.
inline constexpr std::int64_t kStagedPieces = 2;

/// What of its Einsum moves.
[[nodiscard]] const BoundAccess& access_of(const BoundMapping& bound, const Flow& flow);

/// The keep whose room it takes: itself, or the one it is in place of.
[[nodiscard]] KeepId storage_of(const BoundMapping& bound, KeepId keep);

/// Pieces, one for each step of these loops, that a keep has room for.
[[nodiscard]] std::int64_t room_of(const BoundMapping& bound, KeepId keep,
                                   const std::vector<PartId>& loops);

/// The keep of an access that lies in this place. Precondition: there is one.
[[nodiscard]] KeepId keep_at(const BoundMapping& bound, const BoundAccess& access, Place place);

/// The Einsums that read through a keep, in the order of the nest.
[[nodiscard]] std::vector<StepId> readers_of(const BoundMapping& bound, KeepId keep);

/// Loops whose next step has what this access reads from the outermost memory, where an unfinished
/// slice has been in between.
[[nodiscard]] PartSet handed_over_in_memory(const BoundMapping& bound, const BoundAccess& read);

/// An index chooses what of the tensor is kept.
[[nodiscard]] bool is_gathered(const BoundMapping& bound, KeepId keep);

/// A slice comes in one piece: an index chooses what is needed of it, or its pieces would have
/// elements in common.
[[nodiscard]] bool is_whole(const BoundMapping& bound, KeepId keep);

/// Those who use a slice that comes back: its readers, and the Einsum that goes on with it.
[[nodiscard]] std::vector<StepId> users_of(const BoundMapping& bound, KeepId keep);

/// The loops for each of whose steps an operand comes to its unit, or a result leaves it, where no
/// memory beside the unit keeps it.
[[nodiscard]] PartSet operand_loops(const BoundMapping& bound, const BoundEinsum& step,
                                    std::size_t read);
[[nodiscard]] PartSet result_loops(const BoundMapping& bound, const BoundEinsum& step);

/// The loops that renew a keep's slice and, inside them, those that all its users take it piece by
/// piece in. Of a state, not the steps that change it.
[[nodiscard]] std::vector<PartId> piece_loops(const BoundMapping& bound, KeepId keep,
                                              const std::vector<StepId>& users);

}  // namespace einfall::mappings
