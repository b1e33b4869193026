#include "mappings/schedule/epoch_order.hpp"

#include <algorithm>

namespace einfall::mappings {

EpochOrder::EpochOrder(const Timetable& timetable, const TimetableRun* run)
    : t_(timetable), masked_(run != nullptr) {
  ranges_ = masked_ ? run->issued : std::vector<TimetableRun::Range>{{0, timetable.epochs}};
  for (const TimetableRun::Range& range : ranges_) {
    before_.push_back(count_);
    count_ += range.end - range.first;
  }
  const auto add = [&](const auto& tail) {
    Rhythm rhythm{tail.period, tail.visits, tail.visits};
    if (masked_)
      for (const std::size_t loop : tail.through)
        if (loop < run->steps.size())
          rhythm.there = rhythm.there / t_.loop_trips[loop] * run->steps[loop];
    rhythms_.push_back(rhythm);
  };
  for (const TimetableTail& tail : t_.tails) add(tail);
  for (const TimetableStore& store : t_.stores) add(store);
  if (!masked_) return;
  for (const Rhythm& rhythm : rhythms_) behind_.push_back(place_visits(rhythm));
}

std::size_t EpochOrder::range_of(std::int64_t position) const {
  const auto holds = [&](std::size_t r) {
    return before_[r] <= position && position < before_[r] + ranges_[r].end - ranges_[r].first;
  };
  if (!holds(recent_)) {
    const auto next = std::upper_bound(before_.begin(), before_.end(), position);
    recent_ = static_cast<std::size_t>(next - before_.begin()) - 1;
  }
  return recent_;
}

std::int64_t EpochOrder::epoch_at(std::int64_t position) const {
  if (!masked_) return position;
  const std::size_t range = range_of(position);
  return ranges_[range].first + position - before_[range];
}

std::int64_t EpochOrder::position_from(std::int64_t epoch) const {
  if (!masked_) return std::min(epoch, count_);
  const auto range =
      std::upper_bound(ranges_.begin(), ranges_.end(), epoch,
                       [](std::int64_t e, const TimetableRun::Range& r) { return e < r.end; });
  if (range == ranges_.end()) return count_;
  const auto at = static_cast<std::size_t>(range - ranges_.begin());
  return before_[at] + std::max<std::int64_t>(0, epoch - range->first);
}

std::optional<std::int64_t> EpochOrder::position_before(std::int64_t position,
                                                        std::int64_t distance) const {
  if (!masked_) return distance <= position ? std::optional(position - distance) : std::nullopt;
  const std::size_t range = range_of(position);
  const std::int64_t within = position - before_[range];
  if (distance <= within) return position - distance;
  const std::int64_t epoch = ranges_[range].first + within - distance;
  const auto next = std::upper_bound(
      ranges_.begin(), ranges_.end(), epoch,
      [](std::int64_t e, const TimetableRun::Range& candidate) { return e < candidate.first; });
  if (next == ranges_.begin() || std::prev(next)->end <= epoch) return std::nullopt;
  const auto found = static_cast<std::size_t>(std::prev(next) - ranges_.begin());
  return before_[found] + epoch - ranges_[found].first;
}

std::pair<std::int64_t, std::int64_t> EpochOrder::iteration(std::int64_t position,
                                                            std::int64_t inner,
                                                            std::int64_t trips) const {
  const std::size_t range = range_of(position);
  const std::int64_t here = epoch_at(position) / inner;
  const std::int64_t loop = here / trips * trips;
  const std::int64_t first = std::max(loop, base::ceil_div(ranges_[range].first, inner));
  const std::int64_t end = std::min(loop + trips, ranges_[range].end / inner);
  return {here - first, std::max<std::int64_t>(0, end - first)};
}

bool EpochOrder::alike(std::int64_t first, std::int64_t end, std::int64_t inner) const {
  if (!masked_) return true;
  for (const TimetableLoad& load : t_.loads)
    if (load.block > inner && load.block < t_.epochs && load.pieces > 1) return false;
  for (std::size_t i = 0; i < rhythms_.size(); ++i) {
    if (rhythms_[i].period <= inner) continue;
    const auto next =
        std::lower_bound(behind_[i].begin(), behind_[i].end(), first,
                         [](const Behind& b, std::int64_t epoch) { return b.epoch < epoch; });
    if (next != behind_[i].end() && next->epoch < end) return false;
  }
  return true;
}

std::int64_t EpochOrder::visits_behind(std::size_t index, std::int64_t epoch) const {
  if (masked_) {
    const auto& placed = behind_[index];
    const auto at = std::lower_bound(placed.begin(), placed.end(), epoch,
                                     [](const Behind& b, std::int64_t e) { return b.epoch < e; });
    return at != placed.end() && at->epoch == epoch ? at->visits : 0;
  }
  const Rhythm& tail = rhythms_[index];
  const std::int64_t within = epoch % tail.period;
  if (within < std::max<std::int64_t>(0, tail.period - tail.visits)) return 0;
  // More visits than epochs: the last epoch takes the rest.
  return within == tail.period - 1 ? 1 + std::max<std::int64_t>(0, tail.visits - tail.period) : 1;
}

// The visits of one period, from `from` to `to`, behind the epochs issued in it; those of residues
// that are there and that no epoch has follow the last one.
void EpochOrder::place_period(const Rhythm& tail, std::int64_t from, std::int64_t to,
                              std::vector<Behind>& out) const {
  std::vector<bool> placed(static_cast<std::size_t>(std::min(tail.visits, tail.period)), false);
  const auto residues = static_cast<std::int64_t>(placed.size());
  std::int64_t left = residues;
  std::vector<Behind> found;  // last first
  auto next = std::lower_bound(
      ranges_.begin(), ranges_.end(), to,
      [](const TimetableRun::Range& range, std::int64_t epoch) { return range.first < epoch; });
  for (; next != ranges_.begin() && left > 0 && std::prev(next)->end > from; --next) {
    const TimetableRun::Range& range = *std::prev(next);
    const std::int64_t low = std::max({range.first, from, std::min(range.end, to) - residues});
    for (std::int64_t epoch = std::min(range.end, to) - 1; epoch >= low && left > 0; --epoch) {
      const auto residue = static_cast<std::size_t>(epoch % residues);
      if (placed[residue]) continue;
      placed[residue] = true;
      --left;
      found.push_back({epoch, 1});
    }
  }
  const std::int64_t rest = tail.there - residues + left;
  if (rest > 0 && !found.empty()) found.front().visits += rest;
  if (rest > 0 && found.empty()) found.push_back({ranges_.back().end - 1, rest});
  out.insert(out.end(), found.rbegin(), found.rend());
}

std::vector<EpochOrder::Behind> EpochOrder::place_visits(const Rhythm& tail) const {
  std::vector<Behind> out;
  for (std::int64_t from = 0; from < t_.epochs; from += tail.period)
    place_period(tail, from, std::min(from + tail.period, t_.epochs), out);
  std::stable_sort(out.begin(), out.end(),
                   [](const Behind& a, const Behind& b) { return a.epoch < b.epoch; });
  std::vector<Behind> merged;
  for (const Behind& one : out) {
    if (!merged.empty() && merged.back().epoch == one.epoch)
      merged.back().visits += one.visits;
    else
      merged.push_back(one);
  }
  return merged;
}

}  // namespace einfall::mappings
