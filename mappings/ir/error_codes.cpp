#include "mappings/ir/error_codes.hpp"

#include <array>

namespace einfall::mappings {
namespace {

constexpr std::array<base::ErrorCode, 33> kCodes{{
    {"E801", "node of a nest that is neither leaf nor inner node",
     "A node has either `nest` (the nodes inside its loops) or `einsums` (a leaf)."},
    {"E802", "wrong option of a kept tensor",
     "`keep: {buffer: [Q, {V: {copies: 2}}]}`: options belong to one name; `resident` is a "
     "fraction "
     "above 0 and at most 1."},
    {"E803", "partition that cannot be",
     "A rank is cut into at least two parts with names of their own; the outermost takes what is "
     "left, every other has a size, at most one in the mapping is `auto`; either all parts are "
     "ranks "
     "of the cascade or none is; the inner ones span at most 2^40 points."},
    {"E804", "partition that does not fit the cascade",
     "A partition cuts a rank of the cascade, and a size it sets does not contradict one from "
     "outside."},
    {"E805", "unknown name in a mapping",
     "Ranks, tensors and Einsums are those of the cascade, units and memories those of the "
     "machine, "
     "parts those of the partitions."},
    {"E806", "loop inside itself, or parts of a rank in the wrong order",
     "On the way from the root to a leaf every part of a rank is looped over at most once, from "
     "the "
     "outermost part in."},
    {"E807", "part of a rank that is not covered exactly once",
     "Every part of every rank of an Einsum is either a loop around it or laid on its rows, "
     "columns, "
     "lanes or time, once; otherwise points would be left out or done twice."},
    {"E808", "loop over a rank that the Einsum does not have",
     "An Einsum inside a loop over a foreign rank would be computed again for each of its steps."},
    {"E809", "tile that the unit cannot hold",
     "A vector unit has no rows; values that stay in the PEs (in-place, column-reduce) must all "
     "lie "
     "on the array at once."},
    {"E810", "iterative rank out of order",
     "The steps of an iterative rank follow each other: it is a loop or time, not spatial, and "
     "Einsums that need each other's results along it share its loop."},
    {"E811", "dataflow that the Einsum does not have",
     "Sums that stay in PEs or lanes are reduced over time; a weight-stationary product reduces "
     "over "
     "rows and has one operand with all the ranks of rows and columns; a column reduction reduces "
     "exactly what lies on the rows."},
    {"E812", "operator that the unit does not have",
     "Every operator of an Einsum must be one of its unit's, primitive or composed."},
    {"E813", "dataflow that the unit does not have",
     "The machine says which dataflows a unit supports."},
    {"E814", "fusion or order against a dependence",
     "An Einsum that reads a result runs after what makes it, and shares with it only loops along "
     "which the two step together. A loop over a rank that the result is reduced over, or of which "
     "all is needed, ends a pass: the reader comes after it."},
    {"E815", "memory that is too small",
     "What a memory keeps at one moment, all copies and resident parts together, exceeds its "
     "capacity. The notes say what each tensor takes."},
    {"E816", "too few registers",
     "What a unit's registers keep at one moment exceeds the entries of a PE or lane."},
    {"E817", "tensor that cannot be kept so",
     "A kept tensor is used under its node, in a place other than the outermost memory, with a "
     "data "
     "type that exists; one that takes over another's storage is kept beside it."},
    {"E818", "schedule that does not fit the nest",
     "A phased schedule has every Einsum of the nest in exactly one phase; a pipeline runs over "
     "the "
     "innermost loops of a leaf; sections, `over`, `slots` and `interleave` belong to their kind "
     "of schedule. "
     "Interleaved are two contractions in steps on one array, of which one at most is "
     "weight-stationary."},
    {"E819", "Einsum that cannot be absorbed",
     "Only a map of one input with the same ranks can be done before the cascade begins."},
    {"E820", "Einsum that is missing or stands twice",
     "Every Einsum of the cascade stands in one leaf of the nest and is bound to a unit, or is "
     "absorbed."},
    {"E822", "unit of several instances",
     "Units of several instances take turns at tasks: `distribute` names the loops whose "
     "iterations are dealt to them, the outermost ones of every Einsum. Tasks are alike and need "
     "nothing of each other: no mask couples these loops, no Einsum reduces or iterates along "
     "them, the units have equally many instances, and the schedule is not pipelined. With "
     "`dispatch` tasks may be unequal: each gets an instance when one is free; as many share one "
     "as fit there. Units that are forms of the same hardware want `dispatch`."},
    {"E823", "no link for a value to take",
     "If a machine lists links, whatever a mapping moves takes one in that direction: from memory "
     "to "
     "memory, from memory to unit and back, and from unit to unit where Einsums of a leaf pass "
     "values on. A way through a further memory would be written and read there without being "
     "counted: keep the tensor there, or list a link that leads past it. A machine without links "
     "connects everything."},
    {"E824", "elements wider than what takes them",
     "The elements of a kept tensor must fit the word of a unit that reads them (or its registers, "
     "if "
     "they are wider) and the width of every link between the two."},
    {"E825", "memory without a port for what is asked of it",
     "A memory that lists ports has one that reads, or a shared one, if a mapping reads from it "
     "(or its sums come back unfinished), and one that writes, or a shared one, if it writes to "
     "it. A memory without `ports` is not limited."},
    {"E826", "value that would change places inside a unit",
     "What one Einsum of a leaf hands to the next on the same unit, and what registers keep, stays "
     "in its PE or lane: whoever uses it has its ranks on the same rows and columns (lanes), in "
     "the "
     "same order. PEs and lanes do not reach each other, unless the unit has one register file for "
     "all of them; a value that is to lie otherwise goes through a memory."},
    {"E827", "unfinished slice in shared storage",
     "A sum or the state of an iterative rank whose slice makes room for others before it is "
     "finished (a loop around goes on with it) leaves for the next memory outwards and comes back "
     "in every further visit. That is counted, but not for a slice that takes over the storage of "
     "another tensor, or hands over its own (`in_place_of`): give each room of its own, keep the "
     "tensor outside of that loop, or put the loop inside."},
    {"E828", "kept slices that cannot overlap",
     "Slices of a tensor that is only read may have elements in common (a window `n + k` of an "
     "index, `n` and `n - 1`, steps inside one quotient `h // 4`): each is fetched whole. A tensor "
     "that is made under the keep has every element in one slice, so that it is known which holds "
     "it. Nor are more than 2^20 different slices counted. Keep the tensor outside of that loop, "
     "or "
     "cut the rank where the quotient changes."},
    {"E829", "partly resident tensor kept again further inside",
     "Of a tensor with `resident` below 1, units reach what is not there in the next memory "
     "outwards: whole tiles pass by. A keep further inside would have to be filled from both "
     "places, which is not counted. Keep all of the tensor outside, give the inner keep the "
     "`resident`, or leave out one of the two."},
    {"E830", "rank of a model sized twice",
     "A rank of a model has a fixed size, is the rank of the batch, or is as long as a sequence."},
    {"E831", "keeps against the order of memories",
     "Of the places that keep a tensor for an Einsum, those of the inner nodes are nearer to the "
     "units than those of the outer ones: registers, then the machine's memories from the last to "
     "the first. The other way round every slice would leave a near place for a far one only to be "
     "read from there; twice in one place it would only be copied."},
    {"E832", "mask that cannot be counted",
     "Tiles without a point that a condition leaves are not issued. Their number is found in "
     "closed "
     "form where the tiles' numbers satisfy constraints of one or two ranks with a unit "
     "coefficient (the tiles of one rank are a multiple of the other's), else tile by tile along "
     "the edge of the condition, of which there are too many here. Choose sizes that are "
     "multiples, or cut larger tiles."},
    {"W801", "type wider than what is moved",
     "A tensor's type in the cascade is wider than its elements in the mapping: those of the "
     "`type` it is kept with, else the machine's words. Evaluation rounds to the one, costs count "
     "the other."},
    {"W802", "Einsum without a point",
     "With these sizes no point of an Einsum's iteration space satisfies its condition and has all "
     "its operands present, or none is needed by what reads it. It takes no time and moves "
     "nothing, and what only it would read is not made either."},
}};

}  // namespace

std::span<const base::ErrorCode> ir_error_codes() { return kCodes; }

}  // namespace einfall::mappings
