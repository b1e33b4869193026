#include "einsum/analysis/levels.hpp"

#include <algorithm>

#include "einsum/analysis/slices.hpp"

namespace einfall::einsum {
namespace {

constexpr std::int64_t kMostInstances = 1024;
constexpr std::int64_t kVerifiedSteps = 12;

using Numbers = std::vector<std::int64_t>;

// Levels as numbers, for given sizes.
class Evaluation {
 public:
  Evaluation(const LevelProblem& problem, const Unrolled& unrolled)
      : problem_(problem), unrolled_(unrolled) {
    const std::size_t einsums = problem.flow.cascade.einsums.size();
    last_.assign(einsums, 0);
    via_first_.resize(einsums);
    via_last_.resize(einsums);
    if (problem.trace)
      follow_leaf(*problem.trace);
    else
      run({}, 0);
  }

  // By Einsum the level in the last step, then the highest of all.
  [[nodiscard]] Numbers numbers() const {
    Numbers all = last_;
    all.push_back(most_);
    return all;
  }
  [[nodiscard]] const auto& via_first() const { return via_first_; }
  [[nodiscard]] const auto& via_last() const { return via_last_; }

 private:
  void follow_leaf(const LeafTrace& trace) {
    const Flow& flow = problem_.flow;
    const auto slices = flow.is_input(trace.leaf)
                            ? read_slices(flow.cascade, unrolled_, trace.reads_leaf)
                            : begun_slices(trace);
    for (const std::vector<bool>& slice : slices) {
      const auto first = std::find(slice.begin(), slice.end(), true);
      run(lineage_from(slice), static_cast<std::size_t>(first - slice.begin()));
    }
  }

  // For each slice of a written leaf, the instance that begins it: nothing is streamed into it.
  std::vector<std::vector<bool>> begun_slices(const LeafTrace& trace) const {
    std::vector<bool> any;
    std::vector<std::vector<bool>> found;
    for (const Instance& instance : unrolled_.instances) {
      const std::size_t id = instance.einsum.index();
      bool has = trace.reads_any[id];
      for (const auto& [e, writer] : instance.into) has = has || (trace.streams[e] && any[writer]);
      const bool begins = !has && trace.sweeps[id] && !problem_.flow.cascade.einsums[id].is_init;
      if (begins && problem_.flow.written_by(instance.einsum) == trace.leaf) {
        found.emplace_back(unrolled_.instances.size(), false);
        found.back()[any.size()] = true;
      }
      any.push_back(has || begins);
    }
    return found;
  }

  // Instances that stream from a slice, given those that go through it themselves.
  std::vector<bool> lineage_from(std::vector<bool> in) const {
    for (std::size_t i = 0; i < in.size(); ++i)
      for (const auto& [e, writer] : unrolled_.instances[i].into)
        if (problem_.trace->streams[e] && in[writer]) in[i] = true;
    return in;
  }

  bool costs(std::size_t i, const std::vector<bool>& lineage) const {
    const std::size_t id = unrolled_.instances[i].einsum.index();
    return problem_.trace ? problem_.trace->counted[id] && lineage[i] : problem_.costs[id];
  }

  bool after(std::size_t e, std::size_t writer, const std::vector<bool>& lineage) const {
    if (!problem_.trace) return problem_.steps[e] == Step::kAfter;
    return !problem_.trace->streams[e] || !lineage[writer];
  }

  void run(const std::vector<bool>& lineage, std::size_t begin) {
    Numbers level(unrolled_.instances.size(), 0);
    std::vector<std::optional<std::size_t>> via(level.size());
    for (std::size_t i = begin; i < level.size(); ++i) {
      const bool own = costs(i, lineage);
      level[i] = own ? 1 : 0;
      for (const auto& [e, writer] : unrolled_.instances[i].into) {
        if (problem_.steps[e] == Step::kSkip || level[writer] == 0) continue;
        const std::int64_t here = level[writer] + (own && after(e, writer, lineage) ? 1 : 0);
        if (here > level[i] || (!via[i] && here == level[i])) via[i] = e;
        level[i] = std::max(level[i], here);
      }
    }
    keep(level, via);
  }

  void keep(const Numbers& level, const std::vector<std::optional<std::size_t>>& via) {
    const std::int64_t highest = level.empty() ? 0 : *std::max_element(level.begin(), level.end());
    const bool better = highest > most_;
    most_ = std::max(most_, highest);
    for (std::size_t i = 0; i < last_.size(); ++i) {
      const std::size_t last = unrolled_.last(EinsumId(i));
      last_[i] = std::max(last_[i], level[last]);
      if (!better) continue;
      via_first_[i] = via[unrolled_.first[i]];
      via_last_[i] = via[last];
    }
  }

  const LevelProblem& problem_;
  const Unrolled& unrolled_;
  Numbers last_;
  std::int64_t most_ = 0;
  std::vector<std::optional<std::size_t>> via_first_, via_last_;
};

Numbers numbers_at(const LevelProblem& problem, const Sizes& sizes) {
  const Unrolled unrolled = unroll(problem.flow, problem.view, sizes);
  return Evaluation(problem, unrolled).numbers();
}

// Sizes to unroll for: those of the flow, the longest loops shortened until they are feasible.
Sizes feasible(const LevelProblem& problem, const std::vector<RankId>& ranks) {
  Sizes sizes = problem.flow.sizes;
  const auto total = [&] {
    Sizes longest = sizes;
    for (const RankId rank : ranks) longest.values[rank.index()] += kVerifiedSteps;
    return unrolled_size(problem.flow, problem.view, longest);
  };
  while (!ranks.empty() && total() > kMostInstances) {
    const RankId longest = *std::max_element(
        ranks.begin(), ranks.end(), [&](RankId a, RankId b) { return sizes[a] < sizes[b]; });
    if (sizes[longest] <= 1) break;
    sizes.values[longest.index()] -= (sizes[longest] + 7) / 8;
  }
  return sizes;
}

// Increments of every number over the next steps of one rank, or of all ranks at once.
std::vector<Numbers> increments(const LevelProblem& problem, Sizes sizes,
                                const std::vector<RankId>& ranks, const Numbers& start) {
  std::vector<Numbers> found(start.size());
  Numbers before = start;
  for (std::int64_t step = 0; step < kVerifiedSteps; ++step) {
    for (const RankId rank : ranks) ++sizes.values[rank.index()];
    const Numbers now = numbers_at(problem, sizes);
    for (std::size_t i = 0; i < now.size(); ++i) found[i].push_back(now[i] - before[i]);
    before = now;
  }
  return found;
}

bool constant(const Numbers& values, std::int64_t value) {
  return std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v == value; });
}

// The numbers as laws: exact at `sizes`, growing as they do over the next steps.
std::vector<SymbolicCount> laws(const LevelProblem& problem, const Sizes& sizes,
                                const std::vector<RankId>& ranks, const Numbers& start) {
  std::vector<SymbolicCount> counts(start.begin(), start.end());
  Numbers together(start.size(), 0);
  for (const RankId rank : ranks) {
    const auto steps = increments(problem, sizes, {rank}, start);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const std::int64_t growth =
          std::max<std::int64_t>(0, *std::max_element(steps[i].begin(), steps[i].end()));
      counts[i].at_most = counts[i].at_most || !constant(steps[i], growth);
      counts[i] = with_growth(counts[i] + -growth * sizes[rank], rank, growth);
      together[i] += growth;
    }
  }
  if (ranks.size() > 1) {
    const auto steps = increments(problem, sizes, ranks, start);
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i].at_most = counts[i].at_most || !constant(steps[i], together[i]);
  }
  return counts;
}

}  // namespace

Levels solve(const LevelProblem& problem) {
  const std::vector<RankId> ranks = stepping_ranks(problem.flow, problem.view);
  const Sizes sizes = feasible(problem, ranks);
  const Unrolled unrolled = unroll(problem.flow, problem.view, sizes);
  const Evaluation evaluation(problem, unrolled);
  Levels result;
  result.level = laws(problem, sizes, ranks, evaluation.numbers());
  result.most = result.level.back();
  result.level.pop_back();
  result.via_first = evaluation.via_first();
  result.via_last = evaluation.via_last();
  for (const SymbolicCount& level : result.level) result.grows.push_back(!level.growth.empty());
  return result;
}

}  // namespace einfall::einsum
