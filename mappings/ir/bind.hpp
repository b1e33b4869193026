#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch/machine.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "einsum/analysis/region.hpp"
#include "einsum/ir/cascade.hpp"
#include "mappings/ir/access_form.hpp"
#include "mappings/ir/mapping.hpp"
#include "mappings/ir/mask.hpp"
#include "mappings/ir/part_set.hpp"

/// A mapping resolved against one cascade, its sizes and one machine: ids and numbers only, so that
/// models can be evaluated on it without looking anything up by name.
namespace einfall::mappings {

using NodeId = base::Id<struct NodeTag>;      // into BoundMapping::nodes
using KeepId = base::Id<struct KeepTag>;      // into BoundMapping::keeps
using StepId = base::Id<struct StepTag>;      // into BoundMapping::einsums
using UnitId = base::Id<struct UnitTag>;      // into Machine::units
using MemoryId = base::Id<struct MemoryTag>;  // into Machine::memories

/// A part of a rank: one digit of its mixed-radix number. An uncut rank has one part.
struct BoundPart {
  einsum::RankId rank;
  std::int64_t trips = 1;   // steps of this part inside one step of the next outer part
  std::int64_t stride = 1;  // points of the rank that one step covers
};

/// A node of the nest, parents before children, in document order.
struct BoundNode {
  NodeId parent;              // invalid at a root
  std::vector<PartId> loops;  // its own, outermost first
  std::vector<PartId> path;   // all from the root down to its own innermost
  std::vector<NodeId> children;
  std::vector<StepId> einsums;  // a leaf's
  std::vector<KeepId> keeps;
};

struct BoundKeep {
  einsum::TensorId tensor;
  NodeId node;                     // its loops renew the slice
  std::optional<MemoryId> memory;  // either a memory
  std::optional<UnitId> unit;      // or the registers of a unit
  std::optional<KeepId> in_place_of;
  std::int64_t resident_numerator = 1;
  std::int64_t resident_denominator = 1;
  std::int64_t bits = 16;  // of an element
  std::int64_t copies = 1;
  /// In a memory that every instance of the units has beside it.
  bool of_instance = false;
  /// Every writer and reader of the tensor is under its node and it is neither input nor output:
  /// what is resident never meets the outermost memory.
  bool closed = false;
  std::vector<einsum::AccessId> users;  // the accesses under its node that it serves
  /// The loops of its node's path that select another slice; not those of one step inside one of
  /// several that does not.
  PartSet relevant;
  Mask mask;  // what its users need
  /// Elements of one (full) slice; one state of an iterative tensor.
  std::int64_t slice = 0;
  /// How often a slice arrives (or leaves): trips of the path down to the innermost relevant loop,
  /// those that are issued.
  std::int64_t fills = 0;
  /// Elements of all these slices together, again for each that has them; partial tiles count what
  /// they hold, so that this is at
  /// most fills * slice.
  std::int64_t filled = 0;
  /// Loops that go on with a sum or a state while its slice has made room for others: it leaves
  /// unfinished and comes back for each of their steps but the first; so many elements together.
  PartSet again;
  std::int64_t returned = 0;
  /// Slices have elements in common (windows, quotients cut by a loop); each comes whole.
  bool overlapping = false;
};

/// One operand or the result of an Einsum. Tensors of absorbed Einsums are replaced by the tensor
/// they were folded into.
struct BoundAccess {
  einsum::TensorId tensor;
  einsum::AccessId access;
  PartSet relevant;        // every part (loop, lane or time) that selects another element
  std::int64_t slice = 0;  // elements of one (full) iteration of the Einsum's loops
  /// A read whose value is made in the same iteration of the same leaf: it passes by registers or
  /// links.
  bool forwarded = false;
  /// A read of the previous step's value of an iterative tensor.
  bool carried = false;
  /// A read of an iterative tensor's last value.
  bool final_value = false;
  /// A write whose every reader is forwarded: the value never leaves the unit.
  bool consumed_in_leaf = false;
  /// The places that keep the tensor for this Einsum, nearest to the unit first. Where none does,
  /// and past the last one, it is the outermost memory (unless the keep starts the tensor's life).
  std::vector<KeepId> keeps;
};

/// An operator of an Einsum on its unit.
struct OperatorUse {
  std::size_t op = 0;      // into ComputeUnit::operators
  std::int64_t count = 1;  // per point
  bool reduction = false;
};

/// An Einsum at its place in the nest.
struct BoundEinsum {
  einsum::EinsumId einsum;
  NodeId node;
  UnitId unit;
  arch::Dataflow dataflow = arch::Dataflow::kVector;
  std::vector<PartId> loops;  // all enclosing loops over its own ranks or not, outermost first
  std::vector<PartId> rows, columns, time;
  PartSet ranks;  // every part of every rank it iterates over
  /// None: a product that its only reader adds in the same multiply-add.
  std::vector<OperatorUse> operators;
  std::int64_t issue_cycles = 0;  // per point and lane, all operators together
  std::vector<BoundAccess> reads;
  BoundAccess write;
  std::optional<std::size_t> stationary;  // into reads: weight-stationary operand
  /// Points that are present (einsum/analysis/presence.hpp) and, if `restricted`, that some Einsum
  /// needs: what nobody reads (PRM above the diagonal) is not computed. Iterations of `loops`
  /// without any are not issued.
  einsum::Region needed;
  bool restricted = false;
  Mask mask;
  // Numbers of these sizes, of the issued iterations.
  std::int64_t points = 0;     // of the whole iteration space, masks not considered
  std::int64_t issued = 0;     // with the lanes of partial tiles: steps * row_lanes * column_lanes
  std::int64_t visits = 0;     // iterations of `loops`
  std::int64_t row_tiles = 1;  // passes over the array for all its row values: ceil(extent/rows)
  std::int64_t column_tiles = 1;
  /// Lanes that a tile takes, all passes of it together: what its rows and columns were cut to (a
  /// last, partial tile takes as many), or their whole ranks where they are not cut, at most
  /// row_tiles (column_tiles) times the unit's.
  std::int64_t row_lanes = 1, column_lanes = 1;
  /// Iterations of `loops` and steps of `time` together; a partial last tile takes the steps it
  /// has.
  std::int64_t steps = 0;
  /// Cycles the unit is busy: steps * row_tiles * column_tiles * issue_cycles.
  std::int64_t busy_cycles = 0;
};

struct BoundPhase {
  std::vector<StepId> einsums;
  std::vector<StepId> drained;
};
struct BoundSection {
  std::vector<BoundPhase> phases;
};
struct BoundSlot {
  StepId einsum;
  std::int64_t stage = 0;
  std::int64_t offset = 0;
};
/// Two Einsums that share their unit cycle by cycle, the first beginning: an old tile of one and a
/// new one of the other. Results of the second come at the end of its steps only.
struct BoundInterleave {
  StepId first, second;
};
struct BoundSchedule {
  ScheduleKind kind = ScheduleKind::kSequential;
  /// kSequential: one section of one phase for each Einsum, in the order of the nest. kPipelined:
  /// one section with one phase.
  std::vector<BoundSection> sections;
  bool phases_pipelined = false;
  std::vector<PartId> over;
  std::optional<std::int64_t> interval;
  std::vector<BoundSlot> slots;
  std::vector<BoundInterleave> interleave;
};

struct BoundDispatch {
  DispatchOrder order = DispatchOrder::kGrid;
  std::int64_t per_instance = 1;           // tasks on an instance at a time, at most
  std::vector<einsum::TensorId> together;  // fetched once by tasks that run at the same time
};

struct BoundMapping {
  einsum::Sizes sizes;
  std::vector<BoundPart> parts;
  std::vector<std::vector<PartId>> rank_parts;  // by RankId, outermost first
  std::vector<BoundNode> nodes;
  std::vector<NodeId> roots;
  std::vector<BoundKeep> keeps;
  std::vector<BoundEinsum> einsums;  // in the order of the nest
  BoundSchedule schedule;
  /// Loops whose iterations, `tasks` of them, are dealt to `slots` instances of each unit that has
  /// several; units with one serve all slots.
  std::vector<PartId> distributed;
  std::int64_t tasks = 1;
  std::int64_t slots = 1;
  /// Set: tasks may be unequal, and get instances one by one.
  std::optional<BoundDispatch> dispatch;
  std::vector<AccessForm> forms;  // what each access touches, by AccessId
  /// By EinsumId; invalid for init lines and absorbed Einsums.
  std::vector<StepId> step_of;

  // For messages and reports only.
  std::vector<std::string> part_names;
  std::vector<base::SourceSpan> keep_spans;

  [[nodiscard]] const BoundPart& operator[](PartId id) const { return parts[id.index()]; }
  [[nodiscard]] const BoundNode& operator[](NodeId id) const { return nodes[id.index()]; }
  [[nodiscard]] const BoundKeep& operator[](KeepId id) const { return keeps[id.index()]; }
  [[nodiscard]] const BoundEinsum& operator[](StepId id) const { return einsums[id.index()]; }
};

/// How many steps the given parts make together over the run: for each rank ceil(size / stride of
/// its innermost part in the set) if all outer parts of more than one step are in it too: partial
/// last tiles count what they have; else the product of the trips (a full tile's), at most 2^62.
[[nodiscard]] std::int64_t steps(const BoundMapping& bound, PartSet parts);

/// The loops of `path` from the root down to the innermost one in `relevant`; empty if none is.
[[nodiscard]] PartSet down_to_innermost(const std::vector<PartId>& path, PartSet relevant);

/// All that an Einsum runs through, outermost first: its loops, and inside them the steps in time.
[[nodiscard]] std::vector<PartId> nest_of(const BoundEinsum& step);

/// Product of the trips of parts: what a full tile spans. Saturates at 2^62.
[[nodiscard]] std::int64_t extent(const BoundMapping& bound, const std::vector<PartId>& parts);

/// Different elements that an access touches while the parts in `free` run and all others stand
/// still (a full tile; never more than the tensor has). Saturates at 2^62.
[[nodiscard]] std::int64_t elements(const BoundMapping& bound, einsum::AccessId access,
                                    PartSet free);

/// Different elements that an access touches while all ranks run through these ranges.
[[nodiscard]] std::int64_t elements_within(const BoundMapping& bound, einsum::AccessId access,
                                           const RankRanges& ranges);

/// Of an amount that all tasks share evenly, what the busiest instance of a unit does; of
/// dispatched tasks the mean.
[[nodiscard]] std::int64_t on_one_instance(const BoundMapping& bound, const arch::ComputeUnit& unit,
                                           std::int64_t amount);

/// The parts that select another element of the access, or another coordinate of one of its
/// positions, when they step.
[[nodiscard]] PartSet relevant_parts(const BoundMapping& bound, einsum::AccessId access);
[[nodiscard]] PartSet relevant_parts(const BoundMapping& bound, const IndexForm& form);

struct BindOptions {
  /// Capacity that automatic parts are sized for where it is not the machine's (quirk of one of the
  /// designs); by memory name.
  std::map<std::string, base::Bytes> sizing_capacity;
  /// Memories whose capacity is not checked (quirk).
  std::vector<std::string> unchecked_capacity;
};

/// Resolves names, finds the sizes of all parts, and checks that the mapping is legal
/// (legality.hpp). `sizes`: rank sizes given from outside. All errors at once, E8xx, or those of
/// bind_sizes.
[[nodiscard]] base::Result<BoundMapping> bind(const Mapping& mapping,
                                              const einsum::Cascade& cascade,
                                              const arch::Machine& machine,
                                              const std::map<std::string, std::int64_t>& sizes,
                                              const BindOptions& options = {});

}  // namespace einfall::mappings
