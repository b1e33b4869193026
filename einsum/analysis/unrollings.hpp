#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "einsum/analysis/unrolled.hpp"

namespace einfall::einsum {

/// The dependences written out for the sizes that were asked for, each made once: every leaf of
/// every view is followed through the same few of them. Not for several threads at a time.
class Unrollings {
 public:
  /// As `unroll`. Views that step along the same ranks share one.
  [[nodiscard]] std::shared_ptr<const Unrolled> at(const Flow& flow, const RankView& view,
                                                   const Sizes& sizes);

 private:
  // Ranks that step, and their sizes: nothing else of a view and its sizes matters.
  using Key = std::pair<std::vector<RankId>, std::vector<std::int64_t>>;

  std::map<Key, std::shared_ptr<const Unrolled>> made_;
  std::size_t edges_ = 0;  // between instances, in all of `made_`
};

}  // namespace einfall::einsum
