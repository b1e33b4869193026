#pragma once

#include <set>
#include <vector>

#include "einsum/analysis/presence.hpp"
#include "einsum/analysis/rank_passes.hpp"

namespace einfall::einsum {

/// Whether the counts of a rank are more than upper bounds where there are masks. They are those of
/// a fibre that is there as a whole: with other ranks at an end each, every statement that the
/// barriers of the rank depend on goes through all of it. A mask that depends on data may leave all
/// there is. Where a mask leaves only parts of every fibre (`max[n](X[n]) where n // 4 == c`), or a
/// barrier is waited for at places of its own along the rank, one sweep may do for several.
class FullFibres {
 public:
  /// Errors: those of `dependence_graph`.
  [[nodiscard]] static base::Result<FullFibres> of(const Flow& flow);

  /// The counts of a rank or of several names, whose passes these are, are reached. Complexity: at
  /// most 64 ends, and 4096 countings.
  [[nodiscard]] bool reach(const ViewPasses& passes) const;

 private:
  explicit FullFibres(const Flow& flow) : flow_(&flow) {}
  [[nodiscard]] std::vector<EinsumId> with_all_before(const std::set<EinsumId>& last) const;
  [[nodiscard]] bool waits_in_places(const ChainLink& link, const RankView& view) const;
  [[nodiscard]] bool is_full(EinsumId id, const RankView& view, const std::set<RankId>& at_end,
                             bool data) const;

  const Flow* flow_;
  std::vector<Region> regions_;  // by Einsum; none where nothing is masked
};

}  // namespace einfall::einsum
