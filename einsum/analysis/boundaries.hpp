#pragma once

#include <functional>
#include <set>
#include <vector>

#include "einsum/analysis/min_cut.hpp"
#include "einsum/analysis/rank_passes.hpp"

namespace einfall::einsum {

/// What lies between two passes of a rank: the tensors through which values of the earlier pass
/// reach the statement that begins the later one. To cross, every path must be cut: by tensors
/// that are kept or spilled, or by inputs that are read again (and everything behind recomputed).
struct Boundary {
  EinsumId waits;                 // the first statement of the later pass
  TensorId barrier;               // what it waits for
  std::vector<TensorId> tensors;  // vertex 2 + i of the graph
  std::vector<std::pair<std::size_t, std::size_t>> arcs;
  /// Ranks of the barrier beside those of the view: one fibre of them at a time is complete.
  std::set<RankId> fibre;
};

/// Boundaries of a rank along its critical chain of traversals, in order; none for barriers that
/// recur with every step of another rank, or that another order of the elements avoids (a tensor
/// read at another index), and at most the first 64. Paths lead through tensors only whose accesses
/// are alike (alike.hpp), so that what is at hand before the barrier and what is needed after it
/// are the same elements. A boundary without such paths (nothing of the earlier pass is used again,
/// or it is not known which elements), whose barrier is not read as it is written, which need not
/// follow the one before it in every fibre, or with more than 256 tensors, has no arcs.
[[nodiscard]] std::vector<Boundary> boundaries_of(const Flow& flow, const ViewPasses& passes);

/// Everything that passes 1 to `pass` of a rank hand over to later ones, to whatever statement.
[[nodiscard]] Boundary boundary_after(const Flow& flow, const ViewPasses& passes,
                                      std::int64_t pass);

/// The lightest way across, for given weights of tensors.
struct Crossover {
  std::int64_t weight = 0;
  std::vector<TensorId> cut;
};
[[nodiscard]] Crossover cross(const Boundary& boundary,
                              const std::function<std::int64_t(TensorId)>& weight);

}  // namespace einfall::einsum
