#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "mappings/ir/bind.hpp"

/// The body of a software pipeline: what every epoch (one iteration of the innermost loops) does on
/// each unit, and what must wait for what. Times are cycles in the skewed frame of an array: PE
/// (r, c) and lane c do at r + c and c cycles later what PE (0, 0) and lane 0 do, so that operations
/// with this skew follow each other without a bubble.
namespace einfall::mappings {

/// What a unit does without a pause for one epoch: an Einsum's tile, or several of one unit that
/// are interleaved element by element (or merged, where a multiply only feeds an add and the
/// machine has a fused multiply-add).
struct TileOp {
  std::vector<StepId> steps;
  std::size_t unit = 0;
  std::int64_t issue = 0;  // cycles
  /// Only in the last epoch of the loops that its leaf lacks: the division at the end of a query
  /// block.
  bool last_only = false;
};

/// `to` of epoch i + distance starts `latency` cycles or more after the start of `from` in epoch i.
struct Dependence {
  std::size_t from = 0;  // into ops
  std::size_t to = 0;
  std::int64_t latency = 0;
  std::int64_t distance = 0;
  /// The value streams element by element from one to the other; else it is needed whole.
  bool streamed = false;
  bool in_place = false;  // it stays in the PEs of one array
  einsum::TensorId tensor;
};

struct Kernel {
  std::vector<TileOp> ops;
  std::vector<Dependence> dependences;
  std::int64_t groups = 1;  // runs of the pipelined loops, chained without draining
  std::int64_t epochs = 1;  // of a group
  /// Epochs at the end of a group in which the last_only operations run too.
  std::int64_t last_epochs = 1;
  std::int64_t skew = 0;  // cycles from the first PE to the last
};

struct KernelOptions {
  /// Interleave the output-stationary and the weight-stationary products of an array cycle by cycle
  /// (FuseMax section V), so that sums arrive at the vector unit at half the rate.
  bool interleave_products = false;
};

/// Builds the kernel of a pipelined mapping. Errors: E910 the nest is not one leaf with all the
/// pipelined loops, and leaves that lack some of them; E911 a loop of `over` is not around that leaf.
[[nodiscard]] base::Result<Kernel> build_kernel(const BoundMapping& bound,
                                                const einsum::Cascade& cascade,
                                                const arch::Machine& machine,
                                                const KernelOptions& options);

}  // namespace einfall::mappings
