#include "mappings/schedule/masked_runs.hpp"

#include <algorithm>
#include <map>

namespace einfall::mappings {
namespace {

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

class RunFinder {
 public:
  RunFinder(const BoundMapping& bound, const Body& body, const Mask& mask)
      : bound_(bound), body_(body), mask_(mask), path_(bound[body.leaf].path), loops_(path_) {}

  // nullopt: too many parts of the mask are to be looked at.
  std::optional<std::map<Ranges, std::int64_t>> find() {
    RankRanges box;
    for (const std::int64_t size : bound_.sizes.values) box.emplace_back(0, size);
    outer(0, box, 1);
    if (left_ <= 0) return std::nullopt;
    return std::move(runs_);
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

  void outer(std::size_t loop, const RankRanges& box, std::int64_t times) {
    if (loop == body_.outer) {
      Ranges ranges;
      epochs(loop, box, 0, ranges);
      if (!ranges.empty()) runs_[std::move(ranges)] += times;
      return;
    }
    if (!coupled(bound_[path_[loop]].rank))
      return outer(loop + 1, first_iteration(loop, box), times * iterations(loop, box));
    each(
        loop, box, 0, iterations(loop, box),
        [&](std::int64_t, const RankRanges& inner) { outer(loop + 1, inner, times); },
        [](std::int64_t, std::int64_t, const RankRanges&) { return false; });
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
  std::map<Ranges, std::int64_t> runs_;
  std::int64_t left_ = kMostRunParts;
};

}  // namespace

std::optional<std::vector<TimetableRun>> masked_runs(const BoundMapping& bound, const Body& body) {
  Mask mask;
  bool first = true;
  for (const StepId step : bound[body.leaf].einsums) {
    if (first)
      mask = bound[step].mask;
    else
      mask.add(bound[step].mask);
    first = false;
  }
  if (mask.everything()) return std::vector<TimetableRun>();
  RankRanges all;
  for (const std::int64_t size : bound.sizes.values) all.emplace_back(0, size);
  if (issue(bound, mask, PartSet(bound[body.leaf].path), all) == Issue::kAll)
    return std::vector<TimetableRun>();
  const auto found = RunFinder(bound, body, mask).find();
  if (!found) return std::nullopt;
  std::vector<TimetableRun> runs;
  for (const auto& [ranges, times] : *found) {
    TimetableRun run{{}, times, 0};
    for (const auto& [from, to] : ranges) {
      run.issued.push_back({from, to});
      run.epochs += to - from;
    }
    runs.push_back(std::move(run));
  }
  std::stable_sort(runs.begin(), runs.end(), [](const TimetableRun& a, const TimetableRun& b) {
    return a.epochs > b.epochs;
  });
  return runs;
}

}  // namespace einfall::mappings
