#include "mappings/ir/issued_fill.hpp"

#include <algorithm>

#include "mappings/ir/issued_sum.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

using Wide = einsum::lattice::Wide;

constexpr std::int64_t kMost = std::int64_t{1} << 62;

class Fill {
 public:
  Fill(const BoundMapping& bound, const Mask& mask, einsum::AccessId user, PartSet outer,
       PartSet selecting)
      : bound_(bound), mask_(mask), user_(user), outer_(outer), selecting_(selecting) {
    for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
      all_.emplace_back(0, bound.sizes.values[r]);
      stride_.push_back(tile_stride(bound, einsum::RankId(r), outer));
    }
  }

  std::optional<std::int64_t> elements() {
    std::optional<std::int64_t> sum;
    if (!has_few_tiles(bound_, mask_, outer_)) sum = in_closed_form();
    return sum ? sum : in_boxes();
  }

 private:
  bool divided(std::size_t rank) const { return stride_[rank] < all_[rank].second; }
  bool repeats(std::size_t rank) const {
    const PartSet own(bound_.rank_parts[rank]);
    return !(own & outer_).empty() && (own & outer_ & selecting_).empty();
  }
  std::int64_t tiles(std::size_t rank, const RankRanges& box) const {
    return base::ceil_div(box[rank].second - box[rank].first, stride_[rank]);
  }

  std::optional<std::int64_t> in_boxes() const {
    std::int64_t sum = 0;
    const bool complete = each_issued_box(bound_, mask_, outer_, [&](const RankRanges& box) {
      std::int64_t elements = elements_within(bound_, user_, box);
      for (std::size_t r = 0; r < box.size(); ++r)
        if (repeats(r)) elements = saturating_mul(elements, tiles(r, box));
      sum = std::min(kMost - sum, elements) + sum;
    });
    if (!complete) return std::nullopt;
    return sum;
  }

  // Where the elements are a product along the divided ranks, and neighbouring tiles have none in
  // common, so that boxes bring what their tiles bring.
  std::optional<std::int64_t> in_closed_form() {
    const std::vector<IndexForm>& indices = bound_.forms[user_.index()].indices;
    index_of_.assign(stride_.size(), nullptr);
    std::int64_t fixed = 1;
    for (const IndexForm& form : indices) {
      if (form.state) continue;
      bool moves = false;
      for (const TermForm& term : form.terms) {
        if (!divided(term.rank.index())) continue;
        if (moves || index_of_[term.rank.index()] != nullptr || !disjoint(form, term))
          return std::nullopt;
        index_of_[term.rank.index()] = &form;
        moves = true;
      }
      for (const einsum::RankId rank : form.opaque)
        if (divided(rank.index())) return std::nullopt;
      if (!moves) fixed = saturating_mul(fixed, coordinates_within(bound_, form, all_));
    }
    for (std::size_t r = 0; r < stride_.size(); ++r)
      if (divided(r) && index_of_[r] == nullptr && !repeats(r)) return std::nullopt;
    const auto along = [this](std::size_t rank, std::pair<std::int64_t, std::int64_t> range) {
      RankRanges box = all_;
      box[rank] = range;
      const std::int64_t times = repeats(rank) ? tiles(rank, box) : 1;
      if (index_of_[rank] == nullptr) return times;
      return saturating_mul(times, coordinates_within(bound_, *index_of_[rank], box));
    };
    const auto sum = issued_sum(bound_, mask_, outer_, along);
    if (!sum) return std::nullopt;
    const IssuedTiles issued(bound_, mask_, outer_);
    for (std::size_t r = 0; r < stride_.size(); ++r)
      if (!issued.couples(einsum::RankId(r))) fixed = saturating_mul(fixed, along(r, all_[r]));
    return saturating_mul(fixed, *sum);
  }

  // Tiles of the term's rank have no coordinate in common. Only the last may reach over an end of
  // the tensor, and only if there are no gaps that more tiles together would be counted with.
  bool disjoint(const IndexForm& form, const TermForm& moving) const {
    Wide others = 1;  // different sums of the other terms
    Wide span = 0;    // their largest less their smallest
    Wide low = form.constant, high = form.constant;
    for (const TermForm& term : form.terms) {
      if (term.divisor > 1) return false;
      if (&term == &moving) continue;
      const std::int64_t size = all_[term.rank.index()].second;
      const Wide reach = Wide{term.coefficient} * (size - 1);
      (reach < 0 ? low : high) += reach;
      others *= size;
      span += reach < 0 ? -reach : reach;
      if (others > kMost || span > kMost) return false;
    }
    if (magnitude(moving) < others || span + 1 < others) return false;
    const std::int64_t stride = stride_[moving.rank.index()];
    const std::int64_t last = all_[moving.rank.index()].second - 1;
    const auto inside = [&](std::int64_t at) {
      const Wide reach = Wide{moving.coefficient} * at;
      return std::min(low, low + reach) >= 0 && std::max(high, high + reach) < form.extent;
    };
    const bool dense = magnitude(moving) == others && span + 1 == others;
    return inside(last) || (dense && inside(last / stride * stride - 1));
  }

  const BoundMapping& bound_;
  const Mask& mask_;
  einsum::AccessId user_;
  PartSet outer_, selecting_;
  RankRanges all_;
  std::vector<std::int64_t> stride_;        // of a tile, by rank
  std::vector<const IndexForm*> index_of_;  // by rank: the index that its tiles move
};

}  // namespace

std::optional<std::int64_t> issued_fill(const BoundMapping& bound, const Mask& mask,
                                        einsum::AccessId user, PartSet outer, PartSet selecting) {
  return Fill(bound, mask, user, outer, selecting).elements();
}

}  // namespace einfall::mappings
