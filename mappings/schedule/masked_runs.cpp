#include "mappings/schedule/masked_runs.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace einfall::mappings {
namespace {

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;
using Kind = std::pair<Ranges, std::vector<std::int64_t>>;  // epochs issued, steps of its loops

class RunFinder {
 public:
  RunFinder(const BoundMapping& bound, const Body& body, const Mask& mask)
      : bound_(bound), body_(body), mask_(mask), path_(bound[body.leaf].path), loops_(path_) {}

  // nullopt: too many parts of the mask are to be looked at.
  std::optional<MaskedRuns> find() {
    RankRanges box;
    for (const std::int64_t size : bound_.sizes.values) box.emplace_back(0, size);
    TimetableSeries all;
    outer(0, box, 1, all);
    if (left_ <= 0) return std::nullopt;
    series_.push_back(std::move(all));
    return sorted();
  }

 private:
  std::int64_t iterations(std::size_t loop, const RankRanges& box) const {
    const auto& [low, end] = box[bound_[path_[loop]].rank.index()];
    return base::ceil_div(end - low, bound_[path_[loop]].stride);
  }

  // All iterations of the loops from here on are in the box: none is cut off by the end of a rank.
  bool is_whole(std::size_t loop, RankRanges box) const {
    for (; loop < path_.size(); ++loop) {
      const BoundPart& part = bound_[path_[loop]];
      auto& [low, end] = box[part.rank.index()];
      if (iterations(loop, box) != part.trips) return false;
      low = end - ((end - low - 1) % part.stride + 1);  // the last one may be the one cut off
    }
    return true;
  }

  // Calls `use` with each issued iteration of a loop and its box, in order; `all` with a stretch of
  // iterations that are issued whole.
  template <class Use, class All>
  void each(std::size_t loop, const RankRanges& box, std::int64_t from, std::int64_t to,
            const Use& use, const All& all) {
    if (--left_ <= 0) return;
    const BoundPart& part = bound_[path_[loop]];
    RankRanges inner = box;
    auto& [low, end] = inner[part.rank.index()];
    const std::int64_t start = low;
    low = start + from * part.stride;
    end = std::min(end, start + to * part.stride);
    const Issue found = issue(bound_, mask_, loops_, inner);
    if (found == Issue::kNone) return;
    if (found == Issue::kAll && all(from, to, inner)) return;
    if (to - from == 1) return use(from, inner);
    const std::int64_t middle = from + (to - from) / 2;
    each(loop, box, from, middle, use, all);
    each(loop, box, middle, to, use, all);
  }

  // All runs inside the loops from here on, in order.
  void outer(std::size_t loop, const RankRanges& box, std::int64_t times, TimetableSeries& out) {
    if (loop == body_.outer) {
      Ranges ranges;
      epochs(loop, box, 0, ranges);
      if (!ranges.empty()) add(out, {false, kind_of({std::move(ranges), steps_in(box)}, times), 1});
      return;
    }
    if (!coupled(bound_[path_[loop]].rank)) {
      const std::int64_t repeated = iterations(loop, box);
      TimetableSeries inner;
      outer(loop + 1, first_iteration(loop, box), times * repeated, inner);
      if (inner.parts.size() == 1)
        add(out, {inner.parts[0].series, inner.parts[0].index, inner.parts[0].times * repeated});
      else if (!inner.parts.empty())
        add(out, {true, place(std::move(inner)), repeated});
      return;
    }
    each(
        loop, box, 0, iterations(loop, box),
        [&](std::int64_t, const RankRanges& inner) { outer(loop + 1, inner, times, out); },
        [](std::int64_t, std::int64_t, const RankRanges&) { return false; });
  }

  std::vector<std::int64_t> steps_in(const RankRanges& box) const {
    std::vector<std::int64_t> steps;
    for (std::size_t loop = body_.outer; loop < path_.size(); ++loop)
      steps.push_back(std::min(iterations(loop, box), bound_[path_[loop]].trips));
    return steps;
  }

  std::size_t kind_of(Kind kind, std::int64_t times) {
    Ranges& ranges = kind.first;
    if (body_.outer < path_.size()) {
      const std::int64_t inner = trips(bound_, path_, body_.outer + 1);
      const std::int64_t first = ranges.front().first / inner * inner;
      for (auto& [from, to] : ranges) from -= first, to -= first;
    }
    const auto [known, added] = kinds_.emplace(std::move(kind), runs_.size());
    if (added) {
      TimetableRun run{{}, 0, 0, known->first.second};
      for (const auto& [from, to] : known->first.first) {
        run.issued.push_back({from, to});
        run.epochs += to - from;
      }
      runs_.push_back(std::move(run));
    }
    runs_[known->second].times += times;
    return known->second;
  }

  static void add(TimetableSeries& series, const TimetableSeries::Part& part) {
    if (!series.parts.empty() && series.parts.back().series == part.series &&
        series.parts.back().index == part.index)
      series.parts.back().times += part.times;
    else
      series.parts.push_back(part);
  }

  std::size_t place(TimetableSeries series) {
    const auto few = static_cast<std::ptrdiff_t>(std::min(series_.size(), kFewSeries));
    const auto known = std::find(series_.begin(), series_.begin() + few, series);
    if (known != series_.begin() + few) return static_cast<std::size_t>(known - series_.begin());
    series_.push_back(std::move(series));
    return series_.size() - 1;
  }

  MaskedRuns sorted() {
    std::vector<std::size_t> order(runs_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return runs_[a].epochs > runs_[b].epochs;
    });
    std::vector<std::size_t> place(order.size());
    MaskedRuns out;
    for (std::size_t i = 0; i < order.size(); ++i) {
      place[order[i]] = i;
      out.runs.push_back(std::move(runs_[order[i]]));
    }
    for (TimetableSeries& series : series_)
      for (TimetableSeries::Part& part : series.parts)
        if (!part.series) part.index = place[part.index];
    out.series = std::move(series_);
    return out;
  }

  void epochs(std::size_t loop, const RankRanges& box, std::int64_t first, Ranges& out) {
    const std::int64_t each_has = trips(bound_, path_, loop + 1);
    each(
        loop, box, 0, iterations(loop, box),
        [&](std::int64_t i, const RankRanges& inner) {
          if (loop + 1 < path_.size()) return epochs(loop + 1, inner, first + i * each_has, out);
          append(out, first + i, first + i + 1);
        },
        [&](std::int64_t from, std::int64_t to, const RankRanges& inner) {
          if (loop + 1 < path_.size() && !is_whole(loop + 1, last_iteration(loop, inner)))
            return false;
          append(out, first + from * each_has, first + to * each_has);
          return true;
        });
  }

  RankRanges first_iteration(std::size_t loop, RankRanges box) const {
    const BoundPart& part = bound_[path_[loop]];
    auto& [low, end] = box[part.rank.index()];
    end = std::min(end, low + part.stride);
    return box;
  }
  RankRanges last_iteration(std::size_t loop, RankRanges box) const {
    const BoundPart& part = bound_[path_[loop]];
    auto& [low, end] = box[part.rank.index()];
    low += (end - low - 1) / part.stride * part.stride;
    return box;
  }

  bool coupled(einsum::RankId rank) const {
    for (const MaskConjunction& all : mask_.any)
      for (const MaskLinear& linear : all)
        for (const auto& term : linear.terms)
          if (term.first == rank) return true;
    return false;
  }

  static void append(Ranges& out, std::int64_t first, std::int64_t end) {
    if (!out.empty() && out.back().second == first)
      out.back().second = end;
    else
      out.emplace_back(first, end);
  }

  const BoundMapping& bound_;
  const Body& body_;
  const Mask& mask_;
  const std::vector<PartId>& path_;
  PartSet loops_;
  static constexpr std::size_t kFewSeries = 64;
  std::map<Kind, std::size_t> kinds_;
  std::vector<TimetableRun> runs_;  // by kind
  std::vector<TimetableSeries> series_;
  std::int64_t left_ = kMostRunParts;
};

}  // namespace

std::optional<MaskedRuns> masked_runs(const BoundMapping& bound, const Body& body) {
  Mask mask;
  bool first = true;
  for (const StepId step : bound[body.leaf].einsums) {
    if (first)
      mask = bound[step].mask;
    else
      mask.add(bound[step].mask);
    first = false;
  }
  if (mask.everything()) return MaskedRuns();
  RankRanges all;
  for (const std::int64_t size : bound.sizes.values) all.emplace_back(0, size);
  if (issue(bound, mask, PartSet(bound[body.leaf].path), all) == Issue::kAll) return MaskedRuns();
  return RunFinder(bound, body, mask).find();
}

}  // namespace einfall::mappings
