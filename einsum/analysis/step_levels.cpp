#include "einsum/analysis/step_levels.hpp"

#include <algorithm>
#include <limits>

#include "einsum/analysis/slices.hpp"

namespace einfall::einsum {
namespace {

using Numbers = std::vector<std::int64_t>;
using Instances = std::vector<bool>;     // a set of them
using Slice = std::vector<std::size_t>;  // the instances that go through it, ascending

struct Way {
  Numbers level;                                // by instance
  std::vector<std::optional<std::size_t>> via;  // the edge that set it
};

// What no level exceeds: any, and by Einsum that of the last step that is needed.
struct Bounds {
  std::int64_t most;
  Numbers last;
};

std::int64_t highest(const Numbers& numbers) {
  return numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
}

class Evaluation {
 public:
  Evaluation(const LevelProblem& problem, const Unrolled& unrolled)
      : problem_(problem), unrolled_(unrolled), count_(unrolled.instances.size()) {
    const std::size_t einsums = problem.flow.cascade.einsums.size();
    found_.last.assign(einsums, 0);
    found_.via_first.resize(einsums);
    found_.via_last.resize(einsums);
  }

  StepLevels run() {
    if (problem_.trace)
      follow_leaf(*problem_.trace);
    else
      keep(way(of_einsums(problem_.costs), {}, 0));
    return std::move(found_);
  }

 private:
  void follow_leaf(const LeafTrace& trace) {
    const Flow& flow = problem_.flow;
    auto slices = flow.is_input(trace.leaf) ? read_slices(flow.cascade, unrolled_, trace.reads_leaf)
                                            : begun_slices(trace);
    // The first and the last slice together often settle what all others have.
    if (slices.size() > 2) std::swap(slices[1], slices.back());
    const Bounds bounds = bounds_of(trace, slices);
    for (const Slice& slice : slices) {
      const std::size_t first = slice.empty() ? count_ : slice.front();
      if (settled(bounds, first, std::numeric_limits<std::int64_t>::max())) continue;
      const Instances lineage = lineage_from(slice);
      Instances own = of_einsums(trace.counted);
      for (std::size_t i = 0; i < count_; ++i) own[i] = own[i] && lineage[i];
      if (!settled(bounds, first, std::count(own.begin(), own.end(), true)))
        keep(way(own, lineage, first));
    }
  }

  Instances of_einsums(const std::vector<bool>& which) const {
    Instances found;
    for (std::size_t i = 0; i < count_; ++i)
      found.push_back(unrolled_.needed[i] && which[unrolled_.instances[i].einsum.index()]);
    return found;
  }

  // For each slice of a written leaf, the instance that begins it: nothing is streamed into it.
  std::vector<Slice> begun_slices(const LeafTrace& trace) const {
    Instances any;
    std::vector<Slice> found;
    for (const Instance& instance : unrolled_.instances) {
      const std::size_t id = instance.einsum.index();
      bool has = trace.reads_any[id];
      for (const auto& [e, writer] : instance.into) has = has || (trace.streams[e] && any[writer]);
      const bool begins = !has && trace.sweeps[id] && !problem_.flow.cascade.einsums[id].is_init;
      if (begins && problem_.flow.written_by(instance.einsum) == trace.leaf)
        found.push_back({any.size()});
      any.push_back(has || begins);
    }
    return found;
  }

  // Instances that stream from a slice, given those that go through it themselves.
  Instances lineage_from(const Slice& slice) const {
    Instances in(count_, false);
    for (const std::size_t i : slice) in[i] = true;
    for (std::size_t i = slice.front(); i < count_; ++i)
      for (const auto& [e, writer] : unrolled_.instances[i].into)
        if (problem_.trace->streams[e] && in[writer]) in[i] = true;
    return in;
  }

  // No slice has a higher level anywhere than the traversals, in which all sweeps cost; none has
  // any where nothing depends on the leaf.
  Bounds bounds_of(const LeafTrace& trace, const std::vector<Slice>& slices) const {
    Numbers level = way(of_einsums(trace.sweeps), Instances(count_, true), 0).level;
    Instances reached(count_, false);
    for (const Slice& slice : slices)
      for (const std::size_t i : slice) reached[i] = true;
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& into = unrolled_.instances[i].into;
      reached[i] = reached[i] || std::any_of(into.begin(), into.end(), [&](const auto& edge) {
                     return reached[edge.second];
                   });
      if (!reached[i]) level[i] = 0;
    }
    Bounds bounds{highest(level), {}};
    for (std::size_t i = 0; i < found_.last.size(); ++i)
      bounds.last.push_back(level[unrolled_.latest[i]]);
    return bounds;
  }

  // Whether levels up to `most`, from the instance `first` on, would change nothing.
  bool settled(const Bounds& bounds, std::size_t first, std::int64_t most) const {
    if (first == count_) return true;
    if (found_.most < std::min(most, bounds.most)) return false;
    for (std::size_t i = 0; i < found_.last.size(); ++i) {
      const std::size_t last = unrolled_.latest[i];
      if (last >= first && found_.last[i] < std::min(most, bounds.last[i])) return false;
    }
    return true;
  }

  bool waits(std::size_t e, std::size_t writer, const Instances& lineage) const {
    if (!problem_.trace) return problem_.steps[e] == Step::kAfter;
    return !problem_.trace->streams[e] || !lineage[writer];
  }

  // Levels of what is needed from the instance `begin` on, where those in `own` cost and streams
  // inside the lineage need not wait.
  Way way(const Instances& own, const Instances& lineage, std::size_t begin) const {
    Way found{Numbers(count_, 0), {}};
    found.via.resize(count_);
    for (std::size_t i = begin; i < count_; ++i) {
      if (!unrolled_.needed[i]) continue;
      std::int64_t& level = found.level[i];
      level = own[i] ? 1 : 0;
      for (const auto& [e, writer] : unrolled_.instances[i].into) {
        if (problem_.steps[e] == Step::kSkip || found.level[writer] == 0) continue;
        const std::int64_t here =
            found.level[writer] + (own[i] && waits(e, writer, lineage) ? 1 : 0);
        if (here > level || (!found.via[i] && here == level)) found.via[i] = e;
        level = std::max(level, here);
      }
    }
    return found;
  }

  void keep(const Way& way) {
    const std::int64_t most = highest(way.level);
    const bool better = most > found_.most;
    found_.most = std::max(found_.most, most);
    for (std::size_t i = 0; i < found_.last.size(); ++i) {
      const std::size_t last = unrolled_.latest[i];
      found_.last[i] = std::max(found_.last[i], way.level[last]);
      if (!better) continue;
      found_.via_first[i] = way.via[unrolled_.earliest[i]];
      found_.via_last[i] = way.via[last];
    }
  }

  const LevelProblem& problem_;
  const Unrolled& unrolled_;
  std::size_t count_;
  StepLevels found_;
};

}  // namespace

StepLevels step_levels(const LevelProblem& problem, const Unrolled& unrolled) {
  return Evaluation(problem, unrolled).run();
}

}  // namespace einfall::einsum
