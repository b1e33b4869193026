#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// A count that may grow with the size of a rank: constant + sum of growth * |R|.
/// Invariant: `growth` is sorted by rank and holds no zero.
struct SymbolicCount {
  std::int64_t constant = 0;
  std::vector<std::pair<RankId, std::int64_t>> growth;
  /// The true count may be smaller above the sizes it was counted for: two counts of which neither
  /// dominates were joined, or the growth is not the same whole number in every step.
  bool at_most = false;

  SymbolicCount() = default;
  SymbolicCount(std::int64_t value) : constant(value) {}  // NOLINT: a number is a count
  bool operator==(const SymbolicCount&) const = default;

  [[nodiscard]] bool is_zero() const { return constant == 0 && growth.empty(); }
  /// The number if it grows with nothing.
  [[nodiscard]] std::optional<std::int64_t> number() const;
  /// Growth along one rank; 0 if none.
  [[nodiscard]] std::int64_t growth_along(RankId rank) const;
  /// Value for these sizes (saturating).
  [[nodiscard]] std::int64_t at(const Sizes& sizes) const;
};

[[nodiscard]] SymbolicCount operator+(SymbolicCount count, std::int64_t constant);
/// count + steps * |rank|.
[[nodiscard]] SymbolicCount with_growth(SymbolicCount count, RankId rank, std::int64_t steps);

/// a >= b for all sizes that are large enough: compared by growth first, then by constant.
[[nodiscard]] bool at_least(const SymbolicCount& a, const SymbolicCount& b);
[[nodiscard]] inline bool greater(const SymbolicCount& a, const SymbolicCount& b) {
  return at_least(a, b) && !at_least(b, a);
}
/// The larger of both; if neither dominates, an upper bound marked `at_most`.
[[nodiscard]] SymbolicCount larger(const SymbolicCount& a, const SymbolicCount& b);
/// The larger of both for these sizes and above: exact at `sizes` if both are. Where the one that
/// grows faster is still smaller, an upper bound above them, marked `at_most`.
[[nodiscard]] SymbolicCount larger_from(const SymbolicCount& a, const SymbolicCount& b,
                                        const Sizes& sizes);

/// "3", "T+2", "2*T+1"; "<= T+U" if `at_most`.
[[nodiscard]] std::string text(const Cascade& cascade, const SymbolicCount& count);

}  // namespace einfall::einsum
