#include "mappings/ir/slice_shape.hpp"

#include <algorithm>
#include <numeric>

#include "einsum/analysis/lattice.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

using einsum::lattice::Wide;

constexpr std::int64_t kMost = std::int64_t{1} << 62;
std::int64_t capped(Wide value) { return static_cast<std::int64_t>(std::min<Wide>(value, kMost)); }

// Values of a term: how many, from which to which.
struct Values {
  std::int64_t count = 1;
  std::int64_t low = 0, high = 0;
};

Values values_of(const TermForm& term, const std::pair<std::int64_t, std::int64_t>& range) {
  const auto [first, end] = range;
  const std::int64_t d = term.divisor;
  if (d <= 1) return {end - first, first, end - 1};
  if (!term.remainder) return {(end - 1) / d - first / d + 1, first / d, (end - 1) / d};
  if (first / d == (end - 1) / d) return {end - first, first % d, (end - 1) % d};
  return {std::min(end - first, d), 0, d - 1};
}

// Coordinates [low, high], `count` of them.
struct Needed {
  Wide low = 0, high = 0;
  std::int64_t count = 1;
};

Needed needed(const std::vector<TermForm>& terms, std::int64_t constant, const RankRanges& tile) {
  Needed out{constant, constant, 1};
  for (const TermForm& term : terms) {
    const Values values = values_of(term, tile[term.rank.index()]);
    const bool falls = term.coefficient < 0;
    out.low += Wide{term.coefficient} * (falls ? values.high : values.low);
    out.high += Wide{term.coefficient} * (falls ? values.low : values.high);
    out.count = saturating_mul(out.count, values.count);
  }
  out.count = std::min(out.count, capped(out.high - out.low + 1));
  return out;
}

}  // namespace

SliceShape::SliceShape(const BoundMapping& bound, const std::vector<einsum::AccessId>& users,
                       PartSet within) {
  for (const einsum::AccessId user : users) {
    const std::vector<IndexForm>& indices = bound.forms[user.index()].indices;
    positions_.resize(indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i) {
      Position& position = positions_[i];
      position.extent = indices[i].extent;
      if (indices[i].state)
        position.fixed = std::max<std::int64_t>(position.fixed, 1);
      else if (!indices[i].opaque.empty())
        position.fixed = std::max(position.fixed, coordinates_of(bound, indices[i], within));
      else
        position.users.push_back({indices[i].terms, indices[i].constant});
    }
  }
}

std::int64_t SliceShape::coordinates(const Position& position, const RankRanges& tile) {
  if (position.fixed > 0) return position.fixed;
  std::vector<Needed> all;
  std::int64_t counted = 0;
  for (const User& user : position.users) {
    Needed one = needed(user.terms, user.constant, tile);
    one.low = std::max<Wide>(one.low, 0);
    one.high = std::min<Wide>(one.high, position.extent - 1);
    if (one.low > one.high) continue;
    counted += std::min(one.count, capped(one.high - one.low + 1));
    all.push_back(one);
  }
  std::sort(all.begin(), all.end(), [](const Needed& a, const Needed& b) { return a.low < b.low; });
  Wide covered = 0;
  Wide end = 0;  // of what is covered
  for (const Needed& one : all) {
    const Wide from = std::max(one.low, end);
    if (one.high >= from) covered += one.high + 1 - from;
    end = std::max(end, one.high + 1);
  }
  return std::min(counted, capped(covered));
}

std::int64_t SliceShape::elements(const RankRanges& tile) const {
  std::int64_t product = 1;
  for (const Position& position : positions_)
    product = saturating_mul(product, coordinates(position, tile));
  return product;
}

bool SliceShape::is_alike(einsum::RankId rank, std::int64_t step, const RankRanges& box) const {
  return std::all_of(positions_.begin(), positions_.end(), [&](const Position& position) {
    bool moves = false;
    for (const User& user : position.users)
      for (const TermForm& term : user.terms) {
        if (term.rank != rank) continue;
        if (term.divisor > 1 && step % term.divisor != 0) return false;
        moves = true;
      }
    if (!moves || position.fixed > 0) return true;
    return std::all_of(position.users.begin(), position.users.end(), [&](const User& user) {
      const Needed all = needed(user.terms, user.constant, box);
      return all.low >= 0 && all.high < position.extent;
    });
  });
}

// Positions that no rank connects are counted by themselves: sums multiply.
class SliceCounter {
 public:
  SliceCounter(const BoundMapping& bound, const BoundKeep& keep, PartSet loops)
      : bound_(bound),
        keep_(keep),
        loops_(loops),
        shape_(bound, keep.users, inside(bound, bound[keep.node].path)) {}

  std::optional<SliceTotals> run() {
    for (std::size_t r = 0; r < bound_.rank_parts.size(); ++r) {
      const std::int64_t size = bound_.sizes.values[r];
      const std::int64_t step = tile_stride(bound_, einsum::RankId(r), loops_);
      tile_.emplace_back(0, std::min(size, step));
      step_.push_back(step);
      tiles_.push_back(base::ceil_div(size, step));
    }
    return keep_.mask.everything() ? all() : issued();
  }

 private:
  void stand(std::size_t rank, std::int64_t at) {
    tile_[rank] = {at * step_[rank], std::min((at + 1) * step_[rank], bound_.sizes.values[rank])};
  }

  // Ranks that move a position.
  std::vector<std::size_t> moved_by(std::size_t position) const {
    std::vector<std::size_t> ranks;
    for (const auto& user : shape_.positions_[position].users)
      for (const TermForm& term : user.terms)
        if (tiles_[term.rank.index()] > 1) ranks.push_back(term.rank.index());
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    return ranks;
  }

  struct Group {
    std::vector<std::size_t> positions, ranks;
  };
  std::vector<Group> groups() const {
    std::vector<Group> out;
    for (std::size_t p = 0; p < shape_.positions_.size(); ++p) {
      Group joined{{p}, moved_by(p)};
      for (std::size_t g = 0; g < out.size();) {
        const bool meets = std::any_of(joined.ranks.begin(), joined.ranks.end(), [&](auto rank) {
          return std::find(out[g].ranks.begin(), out[g].ranks.end(), rank) != out[g].ranks.end();
        });
        if (!meets) {
          ++g;
          continue;
        }
        joined.positions.insert(joined.positions.end(), out[g].positions.begin(),
                                out[g].positions.end());
        joined.ranks.insert(joined.ranks.end(), out[g].ranks.begin(), out[g].ranks.end());
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(g));
      }
      std::sort(joined.ranks.begin(), joined.ranks.end());
      joined.ranks.erase(std::unique(joined.ranks.begin(), joined.ranks.end()), joined.ranks.end());
      out.push_back(std::move(joined));
    }
    return out;
  }

  std::optional<SliceTotals> all() {
    SliceTotals totals{1, 1};
    PartSet others = loops_;
    for (Group& group : groups()) {
      // The longest rank inside: whole stretches of it are alike.
      std::sort(group.ranks.begin(), group.ranks.end(),
                [&](auto a, auto b) { return tiles_[a] < tiles_[b]; });
      sum_ = largest_ = 0;
      run(group, 0);
      if (visits_ > kMostSlices) return std::nullopt;
      totals.sum = saturating_mul(totals.sum, sum_);
      totals.largest = saturating_mul(totals.largest, largest_);
      for (const std::size_t rank : group.ranks)
        for (const PartId part : bound_.rank_parts[rank]) others.erase(part);
    }
    totals.sum = saturating_mul(totals.sum, steps(bound_, others));
    return totals;
  }

  void take(const Group& group, std::int64_t times) {
    ++visits_;
    std::int64_t product = 1;
    for (const std::size_t p : group.positions)
      product = saturating_mul(product, SliceShape::coordinates(shape_.positions_[p], tile_));
    sum_ = std::min(kMost - sum_, saturating_mul(product, times)) + sum_;
    largest_ = std::max(largest_, product);
  }

  void run(const Group& group, std::size_t depth) {
    if (depth == group.ranks.size()) return take(group, 1);
    const std::size_t rank = group.ranks[depth];
    const bool innermost = depth + 1 == group.ranks.size();
    for (std::int64_t at = 0; at < tiles_[rank] && visits_ <= kMostSlices;) {
      const std::int64_t next = innermost ? alike_up_to(rank, at) : at + 1;
      stand(rank, at);
      if (innermost)
        take(group, next - at);
      else
        run(group, depth + 1);
      at = next;
    }
  }

  // Full tiles from this one on that are alike, behind the last of them.
  std::int64_t alike_up_to(std::size_t rank, std::int64_t at) {
    const auto alike = [&](std::int64_t end) {
      tile_[rank] = {at * step_[rank], end * step_[rank]};
      return end * step_[rank] <= bound_.sizes.values[rank] &&
             shape_.is_alike(einsum::RankId(rank), step_[rank], tile_);
    };
    std::int64_t fewest = at + 1;
    std::int64_t most = tiles_[rank];
    if (alike(most)) return most;
    // In strides that double, since often not even the next tile is.
    for (std::int64_t stride = 1; most - fewest > stride; stride *= 2) {
      if (!alike(fewest + stride))
        most = fewest + stride;
      else
        fewest += stride;
    }
    while (most - fewest > 1) {
      const std::int64_t middle = fewest + (most - fewest) / 2;
      (alike(middle) ? fewest : most) = middle;
    }
    return fewest;
  }

  // One by one, those that the mask leaves.
  std::optional<SliceTotals> issued() {
    std::vector<std::size_t> ranks;
    std::int64_t visits = 1;
    for (std::size_t r = 0; r < tiles_.size(); ++r) {
      if (tiles_[r] == 1) continue;
      ranks.push_back(r);
      visits = saturating_mul(visits, tiles_[r]);
    }
    if (visits > kMostSlices) return std::nullopt;
    const IssuedTiles tiles(bound_, keep_.mask, loops_);
    SliceTotals totals;
    for (std::int64_t visit = 0; visit < visits; ++visit) {
      std::int64_t left = visit;
      for (const std::size_t rank : ranks) {
        stand(rank, left % tiles_[rank]);
        left /= tiles_[rank];
      }
      if (!tiles.any(tile_)) continue;
      const std::int64_t elements = shape_.elements(tile_);
      totals.sum = std::min(kMost - totals.sum, elements) + totals.sum;
      totals.largest = std::max(totals.largest, elements);
    }
    return totals;
  }

  const BoundMapping& bound_;
  const BoundKeep& keep_;
  PartSet loops_;
  SliceShape shape_;
  RankRanges tile_;                         // by rank
  std::vector<std::int64_t> step_, tiles_;  // points of a tile, and how many there are
  std::int64_t sum_ = 0, largest_ = 0;
  std::int64_t visits_ = 0;
};

bool is_cut_at_ends(const BoundMapping& bound, const BoundKeep& keep) {
  const bool written =
      std::any_of(bound.einsums.begin(), bound.einsums.end(),
                  [&](const BoundEinsum& step) { return step.write.tensor == keep.tensor; });
  if (written) return false;
  RankRanges all;
  for (const std::int64_t size : bound.sizes.values) all.emplace_back(0, size);
  bool cut = false;
  for (const einsum::AccessId user : keep.users)
    for (const IndexForm& index : bound.forms[user.index()].indices) {
      if (!index.opaque.empty()) return false;
      const Needed box = needed(index.terms, index.constant, all);
      cut = cut || (!index.state && (box.low < 0 || box.high >= index.extent));
    }
  return cut;
}

std::optional<SliceTotals> slice_totals(const BoundMapping& bound, const BoundKeep& keep,
                                        PartSet loops) {
  return SliceCounter(bound, keep, loops).run();
}

}  // namespace einfall::mappings
