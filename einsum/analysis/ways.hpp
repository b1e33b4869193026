#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// The ranks that go through the elements of one rank of a tensor: a rank alone, or the parts of a
/// split, outermost first.
using RankWay = std::vector<RankId>;

/// An index that goes through a rank element by element: one variable (`m`, `m + 2`), or the parts
/// of a split, outermost first (`m1*M0 + m0`, `m2*M1*M0 + m1*M0 + m0 + 1`); all on different ranks.
struct WholeIndex {
  std::vector<VarId> variables;
  std::int64_t offset = 0;
};
[[nodiscard]] std::optional<WholeIndex> as_whole(const Cascade& cascade, IndexId index);

/// The splits by which the ranks of a cascade's tensors are gone through.
class Blocks {
 public:
  explicit Blocks(const Cascade& cascade);

  /// The outer part G of the split that `c // R` tells the block of: some tensor's rank C is gone
  /// through by `g*R + r`, and c is a variable on C. nullopt for any other index.
  [[nodiscard]] std::optional<RankId> outer(const Cascade& cascade, IndexId index) const;

 private:
  std::map<std::pair<RankId, RankId>, RankId> outer_;  // by the whole rank and the inner part
};

/// An index that stays with one variable: `n // c * c`, `n - n % c`, `n // c * c + c - 1 - n % c`
/// lie within a block of c elements about n, for every n. Not of blocks of the whole rank.
struct NearIndex {
  VarId variable;
  SizePoly window;  // elements from the farthest on one side of n to that on the other
};
[[nodiscard]] std::optional<NearIndex> as_near(const Cascade& cascade, IndexId index);

/// A rank of a tensor that is gone through in several ways whose sweeps cannot be counted together
/// (`WayGroups`): the passes of each rank are lower bounds.
struct Recut {
  TensorId tensor;
  std::vector<RankWay> ways;  // at least two
};

/// Ways that go through the same elements: `S = sum[m](A[m])` and then `A[m1*M0 + m0] / S` go
/// through A twice, though each sweeps ranks of its own. Grouped are the ways of all tensors'
/// rank M, if they are splits, and M itself, and with them all that share a way. What is added to
/// the only way (`m - k` beside `m`) is a window of it. Not grouped are other sums of variables
/// (`q + s`), quotients and remainders of another rank's variable (`n // 2` beside `m`) unless they
/// stay with it (`NearIndex`), another
/// rank's name (those are `alias:`'s), names of an alias, and ways of which one Einsum sweeps
/// several side by side. Gathers are counted as partial visits.
class WayGroups {
 public:
  explicit WayGroups(const Cascade& cascade);

  /// Ranks whose sweeps count as sweeps of `rank`, ascending: itself; in a group, the outermost
  /// parts of all ways for a rank that is one itself, or is gone through; for an inner part, whole
  /// ranks and the like parts of the other splits.
  [[nodiscard]] std::vector<RankId> together(RankId rank) const;

  /// Ways of which one means all elements of the rank, or of the rank that this one is cut into or
  /// from; empty if it is in no group.
  [[nodiscard]] std::vector<RankWay> ways_of(RankId rank) const;

  /// Ranks that a grouped tensor has and that are swept as a whole.
  [[nodiscard]] bool is_whole(RankId rank) const;

  [[nodiscard]] const std::vector<Recut>& recuts() const { return recuts_; }

 private:
  struct Group {
    std::vector<RankId> whole;  // ranks of tensors that are gone through
    std::vector<RankWay> ways;
  };
  void collect();
  void add(RankId declared, const std::vector<RankWay>& ways);
  void withdraw_side_by_side();
  [[nodiscard]] std::vector<RankId> together(const Group& group, RankId rank) const;

  const Cascade& cascade_;
  Blocks blocks_;
  std::vector<Group> groups_;
  std::vector<Recut> recuts_, grouped_;
};

/// Einsums that go through all elements in one of the ways.
[[nodiscard]] std::vector<bool> sweeping_all(const Cascade& cascade,
                                             const std::vector<RankWay>& ways);

}  // namespace einfall::einsum
