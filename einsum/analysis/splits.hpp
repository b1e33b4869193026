#pragma once

#include <vector>

#include "einsum/analysis/rank_passes.hpp"

namespace einfall::einsum {

/// The parts of split ranks, outermost first: every `m1*M0 + m0` (or with more parts) that occurs
/// in an index or a condition, each once.
[[nodiscard]] std::vector<std::vector<RankId>> split_ranks(const Cascade& cascade);

/// Fine and coarse passes of a split. `outer` is the analysis of the outermost part.
[[nodiscard]] SplitPasses split_passes(const Flow& flow, const std::vector<RankId>& parts,
                                       const ViewPasses& outer);

/// A rank of a tensor that is gone through in several ways, one of them a split: by `m` and by
/// `m1*M0 + m0`, or by two splits. The passes of each rank count the sweeps of its own way only, so
/// the tensor's elements may be visited more often: the counts are lower bounds.
struct Recut {
  TensorId tensor;
  std::vector<std::vector<RankId>> ways;  // at least two; the parts of a split outermost first
};
[[nodiscard]] std::vector<Recut> recuts(const Cascade& cascade);

}  // namespace einfall::einsum
