#include "mappings/model/nest_cuts.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace einfall::mappings {

double NestCut::share(const NestPlace& place) const {
  std::int64_t from = 0;
  for (const auto& [part, points] : stride) from += place.step[part.index()] * points;
  const std::int64_t here = std::clamp<std::int64_t>(size - from, 0, extent);
  return static_cast<double>(here) / static_cast<double>(extent);
}

std::vector<NestCut> cuts_of(const BoundMapping& bound, PartSet loops, PartSet relevant) {
  std::vector<NestCut> cuts;
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    NestCut cut;
    cut.size = bound.sizes.values[r];
    bool passed_over = false;
    bool outermost = true;  // all loops stand outside of what is none
    for (const PartId part : bound.rank_parts[r]) {
      const BoundPart& p = bound[part];
      if (!loops.has(part) || !relevant.has(part)) {
        passed_over = passed_over || p.trips > 1;
        continue;
      }
      outermost = outermost && !passed_over;
      cut.extent = p.stride;
      cut.stride.emplace_back(part, p.stride);
    }
    if (!cut.stride.empty() && outermost && cut.size % cut.extent != 0)
      cuts.push_back(std::move(cut));
  }
  return cuts;
}

std::optional<double> whole_pieces(const BoundMapping& bound, const Mask& mask, PartSet masked,
                                   PartSet loops, const std::vector<NestCut>& cuts) {
  // By rank: what one step of its innermost loop covers; 0: it is not divided.
  std::vector<std::int64_t> step(bound.rank_parts.size(), 0);
  for (std::size_t r = 0; r < step.size(); ++r)
    for (const PartId part : bound.rank_parts[r])
      if (loops.has(part)) step[r] = bound[part].stride;
  double whole = 0;
  const bool all = each_issued_box(bound, mask, masked, [&](const RankRanges& box) {
    double pieces = 1;
    for (std::size_t r = 0; r < step.size(); ++r) {
      if (step[r] == 0) continue;
      const std::int64_t from = box[r].first;
      const std::int64_t to = std::min(box[r].second, bound.sizes.values[r]);
      const bool cut = std::any_of(cuts.begin(), cuts.end(), [&](const NestCut& each) {
        return bound[each.stride.front().first].rank.index() == r;
      });
      pieces *= cut ? static_cast<double>(to - from) / static_cast<double>(step[r])
                    : static_cast<double>(base::ceil_div(to - from, step[r]));
    }
    whole += pieces;
  });
  if (!all || !(whole > 0)) return std::nullopt;
  return whole;
}

}  // namespace einfall::mappings
