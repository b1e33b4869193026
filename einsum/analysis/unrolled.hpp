#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "einsum/analysis/flow.hpp"

namespace einfall::einsum {

/// One Einsum in one step of the loop that it runs in; `into` lists (edge, writing instance), all
/// writers standing before the instance in `Unrolled::instances`.
struct Instance {
  EinsumId einsum;
  std::int64_t step = 0;
  std::vector<std::pair<std::size_t, std::size_t>> into;
};

/// The dependences with every stepping rank (see below) written out step by step.
struct Unrolled {
  std::vector<Instance> instances;
  std::vector<std::size_t> first, steps;  // by Einsum: its first instance, and how many it has
  /// Distance between two successive instances of one Einsum, by Einsum.
  std::vector<std::size_t> stride;
  std::vector<VarId> variable;  // that steps, by Einsum; not valid if none does
  Sizes sizes;                  // that it was written out for
  [[nodiscard]] std::size_t at(EinsumId id, std::size_t step) const {
    return first[id.index()] + step * stride[id.index()];
  }
  /// By instance: an output depends on it, or none on any step of its Einsum. By Einsum, its first
  /// and its last such instance, or the first and the last if there is none.
  std::vector<bool> needed;
  std::vector<std::size_t> earliest, latest;
};

/// The coordinate that an index without variables names (3, T, T//2); nullopt for any other.
[[nodiscard]] std::optional<std::int64_t> constant_coordinate(const Cascade& cascade, IndexId index,
                                                              const Sizes& sizes);

/// Ranks outside the view along which not all coordinates are alike, ascending: some component
/// steps along them, or a read takes another slice than r where r is written, or a constant one.
[[nodiscard]] std::vector<RankId> stepping_ranks(const Flow& flow, const RankView& view);

/// Instances that `unroll` would make (saturating at 2^62).
[[nodiscard]] std::int64_t unrolled_size(const Flow& flow, const RankView& view,
                                         const Sizes& sizes);

/// A read of X[t+c], X[T], X[T//2] or X[3] refers to the step that writes that coordinate, and to
/// nothing (or the init line) if no step does; any other index refers to all steps. Complexity:
/// linear in the instances and their edges. Precondition: `unrolled_size` is small enough for
/// memory.
[[nodiscard]] Unrolled unroll(const Flow& flow, const RankView& view, const Sizes& sizes);

}  // namespace einfall::einsum
