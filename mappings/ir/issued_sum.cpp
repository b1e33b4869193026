#include "mappings/ir/issued_sum.hpp"

#include <algorithm>

#include "base/floor_div.hpp"
#include "einsum/analysis/lattice.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

namespace lattice = einsum::lattice;
using lattice::Wide;

constexpr Wide kMost = Wide{1} << 62;
constexpr Wide kMostCoefficient = Wide{1} << 60;  // lattice.hpp
constexpr std::size_t kMostRanks = 8;             // the last tile of each is counted apart

Wide common_divisor(Wide a, Wide b) {
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

class TileSum {
 public:
  TileSum(const BoundMapping& bound, const Mask& mask, PartSet loops, const TileWeight& weight)
      : bound_(bound), mask_(mask), weight_(weight) {
    for (std::size_t r = 0; r < bound.rank_parts.size(); ++r)
      stride_.push_back(tile_stride(bound, einsum::RankId(r), loops));
    std::vector<bool> named(stride_.size(), false);
    for (const MaskConjunction& all : mask.any)
      for (const MaskLinear& linear : all)
        for (const auto& [rank, coefficient] : linear.terms) named[rank.index()] = true;
    for (std::size_t r = 0; r < named.size(); ++r)
      if (named[r]) ranks_.push_back(r);
    last_.resize(stride_.size(), false);
  }

  std::optional<std::int64_t> run() {
    if (ranks_.size() > kMostRanks) return std::nullopt;
    if (!add(0, 1)) return std::nullopt;
    return static_cast<std::int64_t>(sum_);
  }

 private:
  std::int64_t tiles(std::size_t rank) const {
    return base::ceil_div(bound_.sizes.values[rank], stride_[rank]);
  }

  // Of every rank either all tiles but the last, or the last.
  bool add(std::size_t depth, std::int64_t product) {
    if (depth == ranks_.size()) return add_counted(product);
    const std::size_t rank = ranks_[depth];
    const auto weighed = [&](std::int64_t low, std::int64_t end) {
      return saturating_mul(product, weight_(rank, {low, end}));
    };
    last_[rank] = false;
    if (tiles(rank) > 1 && !add(depth + 1, weighed(0, stride_[rank]))) return false;
    last_[rank] = true;
    const std::int64_t low = (tiles(rank) - 1) * stride_[rank];
    return add(depth + 1, weighed(low, bound_.sizes.values[rank]));
  }

  bool add_counted(std::int64_t product) {
    lattice::Box box;
    for (const std::size_t rank : ranks_) box.push_back({0, last_[rank] ? 0 : tiles(rank) - 2});
    std::vector<lattice::Conjunction> any;
    for (const MaskConjunction& all : mask_.any) {
      lattice::Conjunction constraints;
      for (const MaskLinear& linear : all) {
        auto of_tiles = constraint(linear);
        if (!of_tiles) return false;
        constraints.push_back(*std::move(of_tiles));
      }
      any.push_back(std::move(constraints));
    }
    lattice::Work work;
    const lattice::Count count = lattice::count_union(any, box, work);
    if (!count.exact) return false;
    if (count.points > 0 && product > (kMost - sum_) / count.points)
      sum_ = kMost;
    else
      sum_ += count.points * product;
    return true;
  }

  // On the numbers of tiles: some point of a tile satisfies it.
  std::optional<lattice::Linear> constraint(const MaskLinear& linear) const {
    Wide constant = linear.constant;
    std::vector<Wide> slopes(ranks_.size(), 0);
    for (const auto& [rank, coefficient] : linear.terms) {
      const std::int64_t stride = stride_[rank.index()];
      const bool last = last_[rank.index()];
      const std::int64_t low = last ? (tiles(rank.index()) - 1) * stride : 0;
      const std::int64_t high = last ? bound_.sizes[rank] - 1 : stride - 1;
      constant += Wide{coefficient} * (coefficient > 0 ? low : high);
      const auto at = std::find(ranks_.begin(), ranks_.end(), rank.index()) - ranks_.begin();
      if (!last) slopes[static_cast<std::size_t>(at)] += Wide{coefficient} * stride;
    }
    Wide divisor = 0;
    for (const Wide slope : slopes) divisor = common_divisor(divisor, slope);
    // sum <= -constant, and a multiple of the divisor.
    if (divisor > 1) constant = -base::floor_div(-constant, divisor);
    if (constant >= kMostCoefficient || constant <= -kMostCoefficient) return std::nullopt;
    lattice::Linear out{{}, static_cast<std::int64_t>(constant)};
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      if (slopes[i] == 0) continue;
      const Wide slope = slopes[i] / divisor;
      if (slope >= kMostCoefficient || slope <= -kMostCoefficient) return std::nullopt;
      out.terms[i] = static_cast<std::int64_t>(slope);
    }
    return out;
  }

  const BoundMapping& bound_;
  const Mask& mask_;
  const TileWeight& weight_;
  std::vector<std::int64_t> stride_;  // of a tile, by rank
  std::vector<std::size_t> ranks_;    // that the mask names
  std::vector<bool> last_;            // by rank: only its last tile, else all others
  Wide sum_ = 0;
};

}  // namespace

std::optional<std::int64_t> issued_sum(const BoundMapping& bound, const Mask& mask, PartSet loops,
                                       const TileWeight& weight) {
  return TileSum(bound, mask, loops, weight).run();
}

}  // namespace einfall::mappings
