#include "einsum/analysis/rank_passes.hpp"

#include "einsum/analysis/chain.hpp"

namespace einfall::einsum {
namespace {

Step step_of(Relation relation) {
  switch (relation) {
    case Relation::kStream:
      return Step::kSame;
    case Relation::kCarried:
      return Step::kSkip;
    case Relation::kDone:
    case Relation::kFree:
      return Step::kAfter;
    case Relation::kOutside:
      return Step::kSame;
  }
  return Step::kAfter;
}

}  // namespace

std::vector<bool> sweeping(const Flow& flow, const RankView& view) {
  std::vector<bool> found;
  for (const Einsum& einsum : flow.cascade.einsums)
    found.push_back(!variables_on(flow.cascade, einsum, view).empty());
  return found;
}

LevelProblem traversal_problem(const Flow& flow, const RankView& view,
                               const std::vector<EdgeRelation>& relations) {
  LevelProblem problem{flow, sweeping(flow, view), {}, view};
  for (const EdgeRelation& edge : relations) problem.steps.push_back(step_of(edge.relation));
  return problem;
}

LevelProblem leaf_problem(const Flow& flow, const RankView& view,
                          const std::vector<EdgeRelation>& relations, const Lineage& lineage,
                          std::size_t leaf, const std::vector<bool>& counted) {
  LevelProblem problem{flow, counted, {}, view};
  for (std::size_t i = 0; i < counted.size(); ++i)
    problem.costs[i] = counted[i] && lineage.of_einsum[i][leaf];
  for (std::size_t e = 0; e < relations.size(); ++e) {
    Step step = step_of(relations[e].relation);
    if (step == Step::kSame && !lineage.of_einsum[flow.edge(e).writer.index()][leaf])
      step = Step::kAfter;
    problem.steps.push_back(step);
  }
  return problem;
}

ViewPasses view_passes(const Flow& flow, const std::vector<RankId>& ranks) {
  ViewPasses found{RankView(flow.cascade, ranks), {}, {}, {}, {}, {}};
  found.relations = relations(flow, found.view);
  const LevelProblem sweeps = traversal_problem(flow, found.view, found.relations);
  found.traversals = solve(sweeps);
  found.summary.rank = ranks.front();
  found.summary.traversals = highest(found.traversals);
  found.summary.traversal_chain = critical_chain(sweeps, found.traversals);
  found.lineage = lineage_of(flow, found.view, found.relations);
  const std::vector<bool> counted = sweeping(flow, found.view);
  for (std::size_t leaf = 0; leaf < found.lineage.leaves.size(); ++leaf) {
    const LevelProblem visits =
        leaf_problem(flow, found.view, found.relations, found.lineage, leaf, counted);
    const Levels levels = solve(visits);
    const SymbolicCount passes = highest(levels);
    found.leaf_passes.push_back(passes);
    const bool most = greater(passes, found.summary.passes);
    found.summary.passes = larger(found.summary.passes, passes);
    if (!most) continue;
    found.summary.set_by = found.lineage.leaves[leaf];
    found.summary.chain = critical_chain(visits, levels);
  }
  return found;
}

}  // namespace einfall::einsum
