#include "einsum/analysis/levels.hpp"

#include <algorithm>

#include "einsum/analysis/step_levels.hpp"
#include "einsum/analysis/unrollings.hpp"

namespace einfall::einsum {
namespace {

constexpr std::int64_t kMostInstances = 1024;
constexpr std::int64_t kVerifiedSteps = 12;

using Numbers = std::vector<std::int64_t>;

// By Einsum the level in the last step, then the highest of all.
Numbers numbers(const StepLevels& levels) {
  Numbers all = levels.last;
  all.push_back(levels.most);
  return all;
}

StepLevels levels_at(const LevelProblem& problem, const Sizes& sizes) {
  const auto unrolled = problem.flow.unrollings->at(problem.flow, problem.view, sizes);
  return step_levels(problem, *unrolled);
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
    const Numbers now = numbers(levels_at(problem, sizes));
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
  const StepLevels here = levels_at(problem, sizes);
  Levels result;
  result.level = laws(problem, sizes, ranks, numbers(here));
  result.most = result.level.back();
  result.level.pop_back();
  result.via_first = here.via_first;
  result.via_last = here.via_last;
  for (const SymbolicCount& level : result.level) result.grows.push_back(!level.growth.empty());
  return result;
}

}  // namespace einfall::einsum
