#pragma once

#include <map>
#include <optional>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// What the size expressions of a cascade say about its ranks. Computed once, in time linear in the
/// number of ranks.
class SizeForms {
 public:
  explicit SizeForms(const Cascade& cascade);

  /// The size of a rank as a polynomial in ranks that have no polynomial of their own: N = C*L
  /// gives C*L. A rank whose size is a number (it may be overridden) or a quotient stands for
  /// itself.
  [[nodiscard]] const SizePoly& of(RankId rank) const { return closed_[rank.index()]; }
  /// A polynomial with every rank replaced by its closed form; unchanged if that is too large.
  [[nodiscard]] SizePoly of(const SizePoly& poly) const;

  /// The rank M whose coordinates are outer*|inner| + inner: |outer| is declared as M / inner or
  /// ceil(M / inner), or M as outer * inner.
  [[nodiscard]] std::optional<RankId> split_into(RankId outer, RankId inner) const;

 private:
  const Cascade& cascade_;
  std::vector<SizePoly> closed_;
  std::map<std::map<SizePoly::Monomial, std::int64_t>, RankId> by_form_;
};

/// The polynomial is at least 0 whatever the sizes (each is at least 1).
[[nodiscard]] bool never_negative(const SizePoly& poly);

}  // namespace einfall::einsum
