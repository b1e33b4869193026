#pragma once

#include <cstdint>
#include <vector>

#include "mappings/schedule/body.hpp"

/// Room: what a memory keeps where operations make it holds so many slices, so that the operation
/// that begins the next one comes behind those that read the one whose place it takes.
namespace einfall::mappings {

/// The keeps of a memory (not those that share the room of another) that the Einsum writes and the
/// other reads.
[[nodiscard]] std::vector<KeepId> handed_through(const BoundMapping& bound, StepId writer,
                                                 StepId reader);

/// Iterations of a leaf with these loops from the last that reads a piece of what `writer` leaves
/// in `keep` to the first that takes its room again, in the shortest block: 1 or more, at most
/// 2^36.
[[nodiscard]] std::int64_t room_distance(const BoundMapping& bound,
                                         const std::vector<PartId>& loops, StepId writer,
                                         KeepId keep);

/// Edges from the readers of what the body makes and a memory keeps to its makers, as indices into
/// the tiles. Where a tail is the reader they begin at what it waits for (`tails`: with waits into
/// the tiles), so that its place in the order of its unit is before the maker's. For the order of
/// slots: at run time nobody waits for these but where room is short.
[[nodiscard]] std::vector<ModuloEdge> room_edges(const BoundMapping& bound, const Body& body,
                                                 const std::vector<TimetableOp>& tiles,
                                                 const std::vector<TimetableTail>& tails);

}  // namespace einfall::mappings
