#include "mappings/ir/mask.hpp"

#include <algorithm>
#include <optional>

#include "mappings/ir/issued_sum.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

__extension__ typedef __int128 Wide;  // `using` would warn: not ISO C++

std::vector<bool> coupled_ranks(const Mask& mask, std::size_t ranks) {
  std::vector<bool> coupled(ranks, false);
  for (const MaskConjunction& all : mask.any)
    for (const MaskLinear& linear : all)
      for (const auto& [rank, coefficient] : linear.terms) coupled[rank.index()] = true;
  return coupled;
}

std::vector<std::int64_t> strides(const BoundMapping& bound, PartSet loops) {
  std::vector<std::int64_t> out;
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r)
    out.push_back(tile_stride(bound, einsum::RankId(r), loops));
  return out;
}

bool feasible(const MaskConjunction& all, const RankRanges& box) {
  return std::all_of(all.begin(), all.end(), [&](const MaskLinear& linear) {
    Wide least = linear.constant;
    for (const auto& [rank, coefficient] : linear.terms) {
      const auto& [low, end] = box[rank.index()];
      least += Wide{coefficient} * (coefficient > 0 ? low : end - 1);
    }
    return least <= 0;
  });
}

// The conjunction is feasible in every tile of the box: also in the one that is worst for each
// constraint.
bool feasible_throughout(const MaskConjunction& all, const RankRanges& box,
                         const std::vector<std::int64_t>& stride) {
  return std::all_of(all.begin(), all.end(), [&](const MaskLinear& linear) {
    Wide worst = linear.constant;
    for (const auto& [rank, coefficient] : linear.terms) {
      const auto& [low, end] = box[rank.index()];
      const std::int64_t tile = stride[rank.index()];
      worst += Wide{coefficient} * (coefficient > 0 ? low + (end - 1 - low) / tile * tile
                                                    : std::min(low + tile, end) - 1);
    }
    return worst <= 0;
  });
}

Issue issue_of(const Mask& mask, const RankRanges& box, const std::vector<std::int64_t>& stride) {
  bool some = mask.everything();
  if (some) return Issue::kAll;
  for (const MaskConjunction& all : mask.any) {
    if (feasible_throughout(all, box, stride)) return Issue::kAll;
    some = some || feasible(all, box);
  }
  return some ? Issue::kSome : Issue::kNone;
}

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  return std::min(kMost - a, b) + a;
}

// Steps of the parts of one rank inside a range of its coordinates.
std::int64_t steps_within(const BoundMapping& bound, std::size_t rank, PartSet parts, PartSet loops,
                          std::pair<std::int64_t, std::int64_t> range) {
  const std::int64_t width = range.second - range.first;
  std::int64_t stride = bound.sizes.values[rank];  // of what is counted exactly
  std::int64_t inner = 1;
  bool from_outermost = true;
  bool divided = true;  // all parts so far are loops
  for (const PartId part : bound.rank_parts[rank]) {
    if (is_passed_over(bound, part, parts)) continue;
    from_outermost = from_outermost && parts.has(part);
    if (from_outermost) {
      stride = bound[part].stride;
      continue;
    }
    if (parts.has(part)) inner = saturating_mul(inner, bound[part].trips);
  }
  if (inner > 1) {
    // Past a gap full tiles are counted, as without a mask.
    stride = tile_stride(bound, einsum::RankId(rank), loops);
    inner = 1;
    for (const PartId part : bound.rank_parts[rank]) {
      if (is_passed_over(bound, part, loops)) continue;
      divided = divided && loops.has(part);
      if (!divided && parts.has(part)) inner = saturating_mul(inner, bound[part].trips);
    }
  }
  return saturating_mul(base::ceil_div(width, stride), inner);
}

}  // namespace

IssuedTiles::IssuedTiles(const BoundMapping& bound, const Mask& mask, PartSet loops)
    : mask_(mask),
      stride_(strides(bound, loops)),
      coupled_(coupled_ranks(mask, bound.rank_parts.size())) {}

Issue IssuedTiles::issue(const RankRanges& box) const { return issue_of(mask_, box, stride_); }

// Halves boxes along the rank with most tiles until their parts are issued whole or not at all.
class Divider {
 public:
  explicit Divider(const IssuedTiles& tiles) : tiles_(tiles) {}

  // Returns true, and stops, as soon as `use` does.
  template <class Use>
  bool divide(RankRanges& box, const Use& use) const {
    const Issue found = tiles_.issue(box);
    if (found == Issue::kNone) return false;
    std::size_t longest = 0;
    std::int64_t most = 1;
    for (std::size_t r = 0; r < box.size() && found == Issue::kSome; ++r) {
      if (!tiles_.coupled_[r]) continue;
      const std::int64_t tiles = base::ceil_div(box[r].second - box[r].first, tiles_.stride_[r]);
      if (tiles > most) most = tiles, longest = r;
    }
    if (most == 1) return use(box);
    const auto [low, end] = box[longest];
    const std::int64_t middle = low + most / 2 * tiles_.stride_[longest];
    box[longest] = {low, middle};
    bool stopped = divide(box, use);
    if (!stopped) {
      box[longest] = {middle, end};
      stopped = divide(box, use);
    }
    box[longest] = {low, end};
    return stopped;
  }

 private:
  const IssuedTiles& tiles_;
};

bool IssuedTiles::any(RankRanges& box) const {
  return Divider(*this).divide(box, [](const RankRanges&) { return true; });
}

void Mask::add(const Mask& other) {
  if (everything()) return;
  if (other.everything()) return any.clear();
  for (const MaskConjunction& all : other.any)
    if (std::find(any.begin(), any.end(), all) == any.end()) any.push_back(all);
}

std::int64_t tile_stride(const BoundMapping& bound, einsum::RankId rank, PartSet loops) {
  std::int64_t stride = bound.sizes[rank];
  for (const PartId part : bound.rank_parts[rank.index()]) {
    if (is_passed_over(bound, part, loops)) continue;
    if (!loops.has(part)) break;
    stride = bound[part].stride;
  }
  return std::max<std::int64_t>(1, stride);
}

Issue issue(const BoundMapping& bound, const Mask& mask, PartSet loops, const RankRanges& box) {
  return issue_of(mask, box, strides(bound, loops));
}

bool each_issued_box(const BoundMapping& bound, const Mask& mask, PartSet loops,
                     const std::function<void(const RankRanges&)>& use) {
  RankRanges box;
  for (const std::int64_t size : bound.sizes.values) box.emplace_back(0, size);
  const IssuedTiles tiles(bound, mask, loops);
  std::int64_t left = kMostBoxes;
  return !Divider(tiles).divide(box, [&](const RankRanges& part) {
    use(part);
    return --left == 0;
  });
}

bool has_few_tiles(const BoundMapping& bound, const Mask& mask, PartSet loops) {
  constexpr std::int64_t kFew = 32;
  const std::vector<bool> coupled = coupled_ranks(mask, bound.rank_parts.size());
  std::int64_t tiles = 0;
  for (std::size_t r = 0; r < coupled.size() && tiles <= kFew; ++r)
    if (coupled[r])
      tiles += base::ceil_div(bound.sizes.values[r], tile_stride(bound, einsum::RankId(r), loops));
  return tiles <= kFew;
}

std::int64_t issued_steps(const BoundMapping& bound, PartSet parts, const Mask& mask,
                          PartSet loops) {
  if (mask.everything()) return steps(bound, parts);
  const std::vector<bool> coupled = coupled_ranks(mask, bound.rank_parts.size());
  PartSet free;  // of ranks that the mask does not name
  for (std::size_t r = 0; r < coupled.size(); ++r)
    for (const PartId part : bound.rank_parts[r])
      if (!coupled[r] && parts.has(part)) free.insert(part);
  const PartSet skipping = loops & parts;
  const auto along = [&](std::size_t rank, std::pair<std::int64_t, std::int64_t> range) {
    return steps_within(bound, rank, parts, skipping, range);
  };
  const auto in_boxes = [&] {
    std::int64_t sum = 0;
    const bool complete = each_issued_box(bound, mask, skipping, [&](const RankRanges& box) {
      std::int64_t product = 1;
      for (std::size_t r = 0; r < coupled.size(); ++r)
        if (coupled[r]) product = saturating_mul(product, along(r, box[r]));
      sum = saturating_add(sum, product);
    });
    return complete ? sum : std::int64_t{1} << 62;
  };
  std::optional<std::int64_t> sum;
  if (!has_few_tiles(bound, mask, skipping)) sum = issued_sum(bound, mask, skipping, along);
  return saturating_mul(sum ? *sum : in_boxes(), steps(bound, free));
}

}  // namespace einfall::mappings
