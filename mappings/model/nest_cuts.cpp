#include "mappings/model/nest_cuts.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace einfall::mappings {

double NestCut::share(const NestPlace& place) const {
  std::int64_t from = 0;
  for (const auto& [part, points] : stride) from += place.step[part.index()] * points;
  const std::int64_t here = std::clamp<std::int64_t>(size - from, 0, extent);
  return static_cast<double>(base::ceil_div(here, step)) /
         static_cast<double>(base::ceil_div(extent, step));
}

double share_of(const std::vector<NestCut>& cuts, const NestPlace& place) {
  double share = 1;
  for (const NestCut& cut : cuts) share *= cut.share(place);
  return share;
}

double NestCut::last_share() const {
  const std::int64_t last = size % extent == 0 ? extent : size % extent;
  return static_cast<double>(base::ceil_div(last, step)) /
         static_cast<double>(base::ceil_div(extent, step));
}

double NestCut::mean_share() const {
  const auto pieces = static_cast<double>(base::ceil_div(size, extent));
  return (pieces - 1 + last_share()) / pieces;
}

namespace {

constexpr Wide kMostElements = Wide{1} << 62;

// Cut by those of `loops` that select another piece of the access.
std::optional<NestCut> cut_of_rank(const BoundMapping& bound, PartSet loops, einsum::RankId rank) {
  NestCut cut;
  cut.rank = rank;
  cut.size = cut.extent = bound.sizes[rank];
  bool passed_over = false;
  for (const PartId part : bound.rank_parts[rank.index()]) {
    const BoundPart& p = bound[part];
    if (!loops.has(part)) {
      passed_over = passed_over || p.trips > 1;
      continue;
    }
    if (passed_over) return std::nullopt;  // a loop inside of what is none
    cut.extent = p.stride;
    cut.stride.emplace_back(part, p.stride);
  }
  return cut;
}

}  // namespace

std::optional<NestCut> cut_of(const BoundMapping& bound, PartSet loops, const IndexForm& form) {
  if (form.constant != 0) return std::nullopt;
  std::optional<NestCut> moving;
  std::int64_t size = 1, piece = 1;
  for (const TermForm& term : form.terms) {
    auto cut = cut_of_rank(bound, loops, term.rank);
    if (!cut || term.divisor != 1 || term.coefficient < 1) return std::nullopt;
    size += term.coefficient * (cut->size - 1);
    piece += term.coefficient * (std::min(cut->extent, cut->size) - 1);
    if (cut->stride.empty()) continue;
    if (moving) return std::nullopt;
    moving = std::move(cut);
    moving->each = term.coefficient;
  }
  if (!moving || piece != moving->each * moving->extent) return std::nullopt;
  if ((moving->size - 1) / moving->extent * piece >= form.extent) return std::nullopt;
  moving->size = std::min(size, form.extent);
  moving->extent = piece;
  for (auto& [part, points] : moving->stride) points *= moving->each;
  return moving;
}

std::vector<NestCut> cuts_of(const BoundMapping& bound, PartSet loops, const BoundAccess& access) {
  std::vector<NestCut> cuts;
  const auto add = [&](std::optional<NestCut> cut) {
    if (cut && !cut->stride.empty() && cut->size % cut->extent != 0)
      cuts.push_back(std::move(*cut));
  };
  // In one position with others, or of a state: one of its steps is there, whichever it is.
  std::vector<bool> apart(bound.rank_parts.size(), false);
  for (const IndexForm& form : bound.forms[access.access.index()].indices) {
    if (!form.state && (form.terms.size() < 2 || !form.opaque.empty())) continue;
    for (const TermForm& term : form.terms) apart[term.rank.index()] = true;
    if (!form.state) add(cut_of(bound, loops & access.relevant, form));
  }
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r)
    if (!apart[r]) add(cut_of_rank(bound, loops & access.relevant, einsum::RankId(r)));
  return cuts;
}

NestSteps steps_of(const BoundMapping& bound, PartSet loops, PartSet time) {
  NestSteps steps;
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    NestCut cut;
    cut.rank = einsum::RankId(r);
    cut.size = cut.extent = bound.sizes.values[r];
    std::int64_t all = 1;   // of the parts in `time`
    bool in_order = true;   // loops, then time, then what is laid out
    bool laid_out = false;  // so far
    bool timed = false;
    for (const PartId part : bound.rank_parts[r]) {
      const BoundPart& p = bound[part];
      if (loops.has(part)) {
        in_order = in_order && !timed && !laid_out;
        cut.extent = p.stride;
        cut.stride.emplace_back(part, p.stride);
      } else if (time.has(part)) {
        in_order = in_order && !laid_out;
        timed = true;
        all *= p.trips;
        cut.step = p.stride;
      } else {
        laid_out = laid_out || p.trips > 1;
      }
    }
    if (!timed) continue;
    if (!in_order) {
      steps.whole *= all;
      continue;
    }
    const std::int64_t whole = base::ceil_div(std::min(cut.extent, cut.size), cut.step);
    steps.whole *= whole;
    if (!cut.stride.empty() && base::ceil_div(cut.size % cut.extent, cut.step) % whole != 0)
      steps.cuts.push_back(std::move(cut));
  }
  return steps;
}

std::optional<Exact> whole_pieces(const BoundMapping& bound, const Mask& mask, PartSet masked,
                                  PartSet loops, const std::vector<NestCut>& cuts) {
  // By rank: what one step of its innermost loop covers; 0: it is not divided.
  std::vector<std::int64_t> step(bound.rank_parts.size(), 0);
  std::vector<const NestCut*> cut(step.size(), nullptr);
  for (std::size_t r = 0; r < step.size(); ++r)
    for (const PartId part : bound.rank_parts[r])
      if (loops.has(part)) step[r] = bound[part].stride;
  Exact piece = 1;
  for (const NestCut& each : cuts) {
    cut[each.rank.index()] = &each;
    piece = piece * Exact(each.extent);
  }
  Wide sum = 0;  // of what they hold along all cuts
  const bool all = each_issued_box(bound, mask, masked, [&](const RankRanges& box) {
    Wide held = 1;
    for (std::size_t r = 0; r < step.size(); ++r) {
      if (step[r] == 0) continue;
      const std::int64_t from = box[r].first;
      const std::int64_t to = std::min(box[r].second, bound.sizes.values[r]);
      held *= cut[r] == nullptr ? base::ceil_div(to - from, step[r])
                                : std::min(to * cut[r]->each, cut[r]->size) - from * cut[r]->each;
    }
    sum += held;
  });
  if (!all || sum <= 0 || sum > kMostElements) return std::nullopt;
  return Exact(static_cast<std::int64_t>(sum)) / piece;
}

}  // namespace einfall::mappings
