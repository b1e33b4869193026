#include "einsum/analysis/splits.hpp"

#include <algorithm>
#include <set>

namespace einfall::einsum {
namespace {

// The parts that an index reads one rank through, outermost first; empty if it is not of that form.
RankWay parts_of(const Cascade& cascade, IndexId index) {
  if (!cascade[index].constant.is_zero()) return {};
  const auto whole = as_whole(cascade, index);
  if (!whole || whole->variables.size() < 2) return {};
  RankWay parts;
  for (const VarId variable : whole->variables) parts.push_back(cascade[variable].rank);
  return parts;
}

std::vector<RankId> read_through(const Cascade& cascade, const RankWay& parts) {
  std::set<RankId> ranks;
  for (const Access& access : cascade.accesses)
    for (std::size_t i = 0; i < access.indices.size(); ++i)
      if (parts_of(cascade, access.indices[i]) == parts)
        ranks.insert(cascade[access.tensor].ranks[i]);
  return {ranks.begin(), ranks.end()};
}

}  // namespace

std::vector<RankWay> split_ranks(const Cascade& cascade) {
  std::vector<RankWay> found;
  for (std::size_t i = 0; i < cascade.indices.size(); ++i) {
    RankWay parts = parts_of(cascade, IndexId(i));
    if (parts.empty()) continue;
    if (std::find(found.begin(), found.end(), parts) == found.end()) found.push_back(parts);
  }
  std::sort(found.begin(), found.end());
  return found;
}

SplitPasses split_passes(const Flow& flow, const WayGroups& groups, const RankWay& parts,
                         const ViewPasses& outer) {
  std::vector<RankWay> ways = groups.ways_of(parts.front());
  ways.push_back(parts);
  const std::vector<bool> whole = sweeping_all(flow.cascade, ways);
  SplitPasses found;
  found.parts = parts;
  found.of = read_through(flow.cascade, parts);
  for (std::size_t leaf = 0; leaf < outer.lineage.leaves.size(); ++leaf) {
    const Levels levels =
        solve(leaf_problem(flow, outer.view, outer.relations, outer.lineage, leaf, whole));
    found.fine = larger_from(found.fine, levels.most, flow.sizes);
  }
  found.coarse = outer.summary.passes;
  found.coarse.constant -= found.fine.constant;
  for (const auto& [rank, steps] : found.fine.growth)
    found.coarse = with_growth(found.coarse, rank, -steps);
  std::erase_if(found.coarse.growth, [](const auto& term) { return term.second == 0; });
  return found;
}

}  // namespace einfall::einsum
