#pragma once

#include "base/diagnostic.hpp"
#include "mappings/ir/binder.hpp"

namespace einfall::mappings {

/// Every constraint that a resolved mapping violates, each with how much and at which line. The
/// first half needs no sizes.
void check_coverage(Binder& binder);     // E807 rank not covered once, E808 loop of another's rank
void check_dataflows(Binder& binder);    // E809 rows of a vector unit, E811 Einsum and dataflow
void check_dependences(Binder& binder);  // E810 iterative order, E814 order and fusion
/// E823: whatever moves takes one link, past any memory in between, whose accesses nobody would
/// count otherwise. A machine that lists no links connects everything.
/// E825: whatever a value leaves has a port that reads, and whatever it enters one that writes.
void check_moves(Binder& binder);
/// E831: what is kept for longer lies further from the units, in memories and in registers.
void check_hierarchy(Binder& binder);
/// E824 a kept tensor whose elements are wider than a unit that reads it, or a link on its way.
void check_widths(Binder& binder);

/// The second half looks at numbers.
void check_capacity(Binder& binder);  // E815 memories, E816 registers
/// E827: a sum or state that leaves unfinished shares its storage with nobody. E828: of a tensor
/// that is made under the keep, its slices have nothing in common. E829: a tensor that is partly
/// resident is not kept again further inside.
void check_slices(Binder& binder);
/// E832: a mask whose issued tiles can be counted neither in closed form nor one by one.
void check_masks(Binder& binder);
void check_tiles(Binder& binder);  // E809 values that stay in PEs do not fit onto the array
/// E826: what stays in the PEs or lanes of a unit, from one Einsum of a leaf to the next or in its
/// registers, lies on the same rows and columns for all that use it (not where lanes share a file).
void check_layouts(Binder& binder);
/// E823 and E825 of sums that a unit leaves unfinished in a memory: they must come back.
void check_partial_sums(Binder& binder);
}  // namespace einfall::mappings
