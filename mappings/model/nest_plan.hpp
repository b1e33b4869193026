#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/model/counts.hpp"
#include "mappings/model/nest_cuts.hpp"
#include "mappings/walk/walk.hpp"

namespace einfall::mappings {

/// Rows of a group of ports (port_groups.hpp) that one flow asks for in a whole visit, and what
/// cuts it into smaller ones.
struct NestRows {
  std::size_t group = 0;
  double whole = 0;
  std::vector<NestCut> cuts;
  [[nodiscard]] double at(const NestPlace& place) const { return whole * share_of(cuts, place); }
};

/// What a unit does in one iteration of its loops, or a piece that comes from or goes to the
/// outermost memory.
struct NestOp {
  std::size_t engine = 0;  // what does one thing at a time: units first, then one for each stream
  NodeId leaf;
  PartSet loops;  // around it; of a transfer, those that select another piece
  std::int64_t phase = 0;
  Mask needed;          // the points of the Einsum
  SharedMask mask;      // the visits that it has (of a transfer: that the op beside it has)
  double issue = 0;     // cycles that the engine is taken, of a whole visit
  double complete = 0;  // from the start to the last result
  bool transfer = false;
  bool store = false;  // a transfer that leaves the chip
  double bytes = 0;    // of a transfer, whole
  std::vector<NestCut> cuts;
  /// Cycles that it is slower for want of ports, by which of its cuts stand at a smaller piece: bit
  /// i for cuts[i].
  std::vector<double> held = {0};
  std::vector<NestRows> rows;
  /// Happens only in the first (a load) or last (a store) visit of those that differ in these loops
  /// only.
  PartSet at_first, at_last;
  PartSet again;           // a slice that comes back: nothing does where these loops begin
  std::int64_t stage = 0;  // leaf_phases.hpp
};

/// One end of a dependence.
struct NestEnd {
  std::size_t op = 0;
  /// Only in the first (reader) or last (maker) of the visits that differ in these loops only ...
  PartSet ends;
  /// ... and, of a value that is carried, not of those that differ in these ...
  PartSet carried;
  /// ... and where whoever is at the other end has a visit too.
  SharedMask other;
  /// Loops that count the pieces of a slice, and those that begin another: levels of the path of
  /// its leaf.
  std::vector<std::size_t> pieces, slices;
};

/// `to` waits for what `from` makes, or for the room that it leaves: slice by slice, each made and
/// read piece by piece, in the same order.
struct NestEdge {
  NestEnd from, to;
  bool at_end = false;  // counts from the end of `from`, else `delay` after its start
  double delay = 0;
  bool of_last = false;   // the delay is shorter behind a visit of fewer steps
  std::size_t ahead = 0;  // slices that are there from the beginning
  /// Pieces of a whole slice of those, where others are smaller and what they leave of their room
  /// is there for the next.
  std::optional<std::int64_t> room = {};
};

struct NestNode {
  NodeId parent;
  Walk path;                 // all loops from the root, without a mask
  std::size_t own_from = 0;  // of it, its own
  std::vector<NodeId> children;
  std::vector<std::size_t> ops;  // of a leaf, in order
  std::vector<bool> parted;      // by child: a barrier before it
  bool closed = false;           // and one behind the last
  bool phased = false;           // a leaf with a barrier after each phase (leaf_phases.hpp)
  std::int64_t stages = 0;       // of a phased leaf
  std::size_t run_from = 0;
  std::vector<std::size_t> units;  // that work below
};

/// A sequential or phased schedule as plain values.
struct NestPlan {
  std::vector<NestOp> ops;
  std::vector<NestEdge> edges;
  std::vector<NestNode> nodes;  // by NodeId
  std::vector<NodeId> roots;
  std::vector<bool> parted;  // by root: a barrier before it
  std::size_t units = 0, engines = 0, phases = 0;
  double bytes_per_cycle = 0;  // of the outermost memory; 0: not limited
  double memory_latency = 0;
  /// Rows a cycle of each group of ports; none: there are always enough.
  std::vector<std::int64_t> port_rates;
};

[[nodiscard]] NestPlan nest_plan(const BoundMapping& bound, const einsum::Cascade& cascade,
                                 const arch::Machine& machine, const Counts& counts,
                                 const ModelOptions& options);

}  // namespace einfall::mappings
