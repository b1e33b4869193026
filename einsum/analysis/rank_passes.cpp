#include "einsum/analysis/rank_passes.hpp"

#include <algorithm>

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

LeafTrace trace_of(const Flow& flow, const RankView& view,
                   const std::vector<EdgeRelation>& relations, TensorId leaf,
                   const std::vector<bool>& counted) {
  LeafTrace trace{leaf, counted, sweeping(flow, view), {}, {}, {}};
  for (std::size_t i = 0; i < counted.size(); ++i) {
    std::vector<AccessId> inputs = swept_inputs(flow, view, EinsumId(i));
    trace.reads_any.push_back(!inputs.empty());
    const auto other = [&](AccessId input) { return flow.cascade[input].tensor != leaf; };
    inputs.erase(std::remove_if(inputs.begin(), inputs.end(), other), inputs.end());
    trace.reads_leaf.push_back(std::move(inputs));
  }
  for (const EdgeRelation& edge : relations)
    trace.streams.push_back(edge.relation == Relation::kStream);
  return trace;
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
  problem.trace = trace_of(flow, view, relations, lineage.leaves[leaf], counted);
  return problem;
}

ViewPasses view_passes(const Flow& flow, const std::vector<RankId>& ranks,
                       const std::optional<std::vector<bool>>& counted) {
  ViewPasses found{RankView(flow.cascade, ranks), {}, {}, {}, {}, {}};
  found.relations = relations(flow, found.view);
  const LevelProblem sweeps = traversal_problem(flow, found.view, found.relations);
  found.traversals = solve(sweeps);
  found.summary.rank = ranks.front();
  found.summary.traversals = found.traversals.most;
  found.summary.traversal_chain = critical_chain(sweeps, found.traversals);
  found.lineage = lineage_of(flow, found.view, found.relations);
  const std::vector<bool> visiting = counted ? *counted : sweeping(flow, found.view);
  for (std::size_t leaf = 0; leaf < found.lineage.leaves.size(); ++leaf) {
    const LevelProblem visits =
        leaf_problem(flow, found.view, found.relations, found.lineage, leaf, visiting);
    const Levels levels = solve(visits);
    const SymbolicCount passes = levels.most;
    found.leaf_passes.push_back(passes);
    const std::int64_t so_far = found.summary.passes.at(flow.sizes);
    const bool most = passes.at(flow.sizes) > so_far;
    found.summary.passes = larger_from(found.summary.passes, passes, flow.sizes);
    if (!most) continue;
    found.summary.set_by = found.lineage.leaves[leaf];
    found.summary.chain = critical_chain(visits, levels);
  }
  return found;
}

}  // namespace einfall::einsum
