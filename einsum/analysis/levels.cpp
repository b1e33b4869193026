#include "einsum/analysis/levels.hpp"

#include <algorithm>

#include "einsum/analysis/growth.hpp"

namespace einfall::einsum {
namespace {

// Longer distances are read as this many steps: levels come out at least as high.
constexpr std::int64_t kLongestDistance = 16;
constexpr std::size_t kMostSteps = 256;

class Solver {
 public:
  explicit Solver(const LevelProblem& problem) : problem_(problem), flow_(problem.flow) {
    const std::size_t einsums = flow_.cascade.einsums.size();
    result_.level.resize(einsums);
    result_.via_first.resize(einsums);
    result_.via_last.resize(einsums);
    result_.grows.assign(einsums, false);
  }

  Levels run() {
    for (const Component& component : flow_.graph.components) {
      if (component.iterative_rank && !problem_.view.holds(*component.iterative_rank))
        unroll(component);
      else
        for (const EinsumId id : component.einsums) settle(id);
    }
    return std::move(result_);
  }

 private:
  struct Choice {
    SymbolicCount level;
    std::optional<std::size_t> via;
  };

  // Takes an edge from a writer of the given level into account.
  void offer(Choice& choice, std::size_t e, const SymbolicCount& writer) const {
    if (problem_.steps[e] == Step::kSkip || writer.is_zero()) return;
    const bool costs = problem_.costs[flow_.edge(e).reader.index()];
    const bool after = costs && problem_.steps[e] == Step::kAfter;
    const SymbolicCount level = after ? writer + 1 : writer;
    if (greater(level, choice.level) || (!choice.via && at_least(level, choice.level)))
      choice.via = e;
    choice.level = larger(choice.level, level);
  }
  Choice start(EinsumId id) const {
    return {SymbolicCount(problem_.costs[id.index()] ? 1 : 0), std::nullopt};
  }

  void settle(EinsumId id) {
    Choice choice = start(id);
    for (const std::size_t e : flow_.edges_into[id.index()])
      offer(choice, e, result_[flow_.edge(e).writer]);
    result_.level[id.index()] = choice.level;
    result_.via_first[id.index()] = result_.via_last[id.index()] = choice.via;
  }

  static std::int64_t clipped(std::int64_t distance) {
    return std::clamp<std::int64_t>(distance, 0, kLongestDistance);
  }

  std::size_t steps_to_unroll(const Component& component) const {
    std::int64_t longest = 1;
    for (const EinsumId id : component.einsums)
      for (const std::size_t e : flow_.edges_into[id.index()])
        if (flow_.inside_component(e)) longest = std::max(longest, clipped(*flow_.distance[e]));
    const std::size_t cycle = static_cast<std::size_t>(longest) * component.einsums.size();
    return std::min(kMostSteps, 4 + 3 * cycle);
  }

  void unroll(const Component& component) {
    const std::size_t steps = steps_to_unroll(component);
    std::vector<std::vector<SymbolicCount>> history(flow_.cascade.einsums.size());
    for (std::size_t step = 0; step < steps; ++step)
      for (const EinsumId id : component.einsums) {
        const Choice choice = at_step(id, step, history);
        history[id.index()].push_back(choice.level);
        if (step == 0) result_.via_first[id.index()] = choice.via;
        result_.via_last[id.index()] = choice.via;
      }
    for (const EinsumId id : component.einsums) extrapolate(component, id, history[id.index()]);
  }

  Choice at_step(EinsumId id, std::size_t step,
                 const std::vector<std::vector<SymbolicCount>>& history) const {
    Choice choice = start(id);
    for (const std::size_t e : flow_.edges_into[id.index()]) {
      const EinsumId writer = flow_.edge(e).writer;
      if (!flow_.inside_component(e)) {
        offer(choice, e, result_[writer]);
        continue;
      }
      const auto back = static_cast<std::size_t>(clipped(*flow_.distance[e]));
      if (back <= step && step - back < history[writer.index()].size())
        offer(choice, e, history[writer.index()][step - back]);
    }
    return choice;
  }

  // Level in the last step, |T| - 1, as constant + growth * |T|.
  void extrapolate(const Component& component, EinsumId id,
                   const std::vector<SymbolicCount>& values) {
    const Growth growth = growth_of(values);
    SymbolicCount level = values.back();
    level.constant -= growth.steps * static_cast<std::int64_t>(values.size());
    level.at_most = level.at_most || !growth.exact;
    result_.level[id.index()] = with_growth(level, *component.iterative_rank, growth.steps);
    result_.grows[id.index()] = growth.steps > 0;
  }

  const LevelProblem& problem_;
  const Flow& flow_;
  Levels result_;
};

}  // namespace

Levels solve(const LevelProblem& problem) { return Solver(problem).run(); }

SymbolicCount highest(const Levels& levels) {
  SymbolicCount most;
  for (const SymbolicCount& level : levels.level) most = larger(most, level);
  return most;
}

}  // namespace einfall::einsum
