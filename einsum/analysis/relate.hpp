#pragma once

#include <optional>
#include <vector>

#include "einsum/analysis/ways.hpp"
#include "einsum/ir/graph.hpp"

namespace einfall::einsum {

/// The ranks that one analysis looks at together: one rank, or all names of an aliased one.
class RankView {
 public:
  RankView(const Cascade& cascade, const std::vector<RankId>& ranks);
  [[nodiscard]] bool holds(RankId rank) const { return member_[rank.index()]; }
  [[nodiscard]] bool holds(const Cascade& cascade, VarId variable) const {
    return holds(cascade[variable].rank);
  }

 private:
  std::vector<bool> member_;
};

/// Variables of an Einsum on the ranks of the view, in the Einsum's order.
[[nodiscard]] std::vector<VarId> variables_on(const Cascade& cascade, const Einsum& einsum,
                                              const RankView& view);

/// How a reader depends on a writer along the ranks of a view.
enum class Relation {
  kStream,   // point by point, a bounded distance apart: both fit into one sweep
  kDone,     // the writer's sweep must be over
  kFree,     // the writer does not sweep
  kOutside,  // the reader does not sweep
  kCarried   // from an earlier step of an iterative rank of the view: no constraint on sweeps
};
struct EdgeRelation {
  Relation relation = Relation::kFree;
  /// Elements of a streamed tensor that are live between write and read (1 = handed over at once).
  SizePoly window = SizePoly::constant(1);
};

/// Complexity: linear in the number of variables and index terms of the two Einsums.
[[nodiscard]] EdgeRelation relate(const Cascade& cascade, const Blocks& blocks, const Edge& edge,
                                  const RankView& view, bool carried_on_view);

/// Steps between write and read of an edge inside a component, along the component's iterative
/// rank (X written at r+a, read at r+b: a-b); nullopt if not a constant.
[[nodiscard]] std::optional<std::int64_t> step_distance(const Cascade& cascade, const Edge& edge,
                                                        RankId iterative);

}  // namespace einfall::einsum
