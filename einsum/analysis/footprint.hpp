#pragma once

#include <vector>

#include "einsum/analysis/rank_passes.hpp"

namespace einfall::einsum {

/// Tensors that hold whole fibres of the view and are read in a later traversal than they are
/// written in.
[[nodiscard]] std::vector<Crossing> crossings(const Flow& flow, const ViewPasses& passes);

/// Production, reads and live footprint of every tensor that is indexed with `rank`.
[[nodiscard]] std::vector<TensorPasses> footprints(const Flow& flow, RankId rank,
                                                   const ViewPasses& passes);

/// What part of its ranks gathers visit in a tensor: {rank of the tensor, "J*M0/M"}.
struct PartialVisit {
  TensorId tensor;
  RankId rank;
  std::string fraction;
};
[[nodiscard]] std::vector<PartialVisit> partial_visits(const Cascade& cascade);

}  // namespace einfall::einsum
