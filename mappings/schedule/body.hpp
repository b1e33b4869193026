#pragma once

#include <vector>

#include "base/result.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/schedule/timetable.hpp"

/// The pieces a timetable is compiled from (timetable.cpp).
namespace einfall::mappings {

/// The leaf whose innermost loops are those of the schedule, and how its loops split.
struct Body {
  NodeId leaf;
  std::size_t outer = 0;  // loops of the leaf's path outside the schedule's
};

/// Errors E880, E881.
[[nodiscard]] base::Result<Body> find_body(const einsum::Cascade& cascade, const Mapping& mapping,
                                           const BoundMapping& bound);

/// Steps of path[from..] inside one step of the loops before, full tiles.
[[nodiscard]] std::int64_t trips(const BoundMapping& bound, const std::vector<PartId>& path,
                                 std::size_t from);

/// The Einsums of the leaf as tile operations. On a vector unit an Einsum whose only reader in the
/// leaf is on the same unit and steps through the same elements takes turns with it.
[[nodiscard]] std::vector<Tile> body_tiles(const BoundMapping& bound, const Body& body);

/// Dependences between tiles, as indices into the list. A value forwarded inside an epoch has
/// distance 0; one carried by an iterative rank as many epochs as the loops inside
/// that rank's make.
[[nodiscard]] std::vector<ModuloEdge> body_edges(const einsum::Cascade& cascade,
                                                 const arch::Machine& machine,
                                                 const BoundMapping& bound, const Body& body,
                                                 const std::vector<Tile>& tiles);

/// What the outermost memory must deliver, and to which ops.
[[nodiscard]] std::vector<TimetableLoad> body_loads(const einsum::Cascade& cascade,
                                                    const arch::Machine& machine,
                                                    const BoundMapping& bound, const Body& body,
                                                    const std::vector<TimetableOp>& ops);

/// Einsums of other leaves that follow the body.
[[nodiscard]] std::vector<TimetableTail> body_tails(const arch::Machine& machine,
                                                    const BoundMapping& bound, const Body& body,
                                                    const std::vector<TimetableOp>& ops);

/// Most values of each op's result alive at once in one PE or lane: from when it is made (for sums
/// that grow in place: begun) until its last reader of this or a later epoch has used it. Values
/// that go through a memory are not held.
[[nodiscard]] std::vector<std::int64_t> live_values(const Timetable& timetable,
                                                    const BoundMapping& bound);

}  // namespace einfall::mappings
