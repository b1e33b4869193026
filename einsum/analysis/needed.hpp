#pragma once

#include <optional>
#include <vector>

#include "einsum/analysis/flow.hpp"
#include "einsum/analysis/presence.hpp"

namespace einfall::einsum {

/// What every order of computation must make and read for the outputs.
struct Needed {
  /// By EinsumId: every value it makes is needed; not where all its readers take a part of the
  /// values only, or take them in a branch of `x ?? v`. A mask that depends on data is taken to
  /// leave of every value something that is needed.
  std::vector<bool> all;
  /// Of an Einsum that makes more than that: the points of the values that are certain to be
  /// needed, where the indices of its readers are variables (as of `max(S[m, p], 0) where m > 0`).
  std::map<EinsumId, Region> parts;
  std::vector<Region> einsums;       // by EinsumId
  std::map<AccessId, Region> taken;  // see Presence

  /// The points at which a read is certain to be needed; nullopt: not known of any.
  [[nodiscard]] const Region* region(EinsumId einsum, AccessId read) const;
  /// All reads of an Einsum are needed at all of its points.
  [[nodiscard]] bool whole(const Cascade& cascade, EinsumId einsum) const;
};

/// `presence` is that of the same sizes.
[[nodiscard]] Needed needed(const Flow& flow, const Sizes& sizes, Presence presence);

}  // namespace einfall::einsum
