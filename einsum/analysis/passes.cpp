#include "einsum/analysis/passes.hpp"

#include <algorithm>
#include <map>

#include "einsum/analysis/footprint.hpp"
#include "einsum/analysis/full_fibres.hpp"
#include "einsum/analysis/joint.hpp"
#include "einsum/analysis/rank_passes.hpp"
#include "einsum/analysis/splits.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

std::vector<AliasPasses> alias_passes(const Flow& flow, const FullFibres& fibres) {
  const Cascade& cascade = flow.cascade;
  std::map<std::string, std::vector<RankId>> members;
  for (const auto& [rank, common] : cascade.alias)
    if (const auto id = cascade.find_rank(rank)) members[common].push_back(*id);
  std::vector<AliasPasses> found;
  for (auto& [common, ranks] : members) {
    if (const auto own = cascade.find_rank(common)) ranks.push_back(*own);
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    ViewPasses passes = view_passes(flow, ranks);
    passes.summary.crossing = crossings(flow, passes);
    passes.summary.at_most = !fibres.reach(passes);
    found.push_back({common, ranks, std::move(passes.summary)});
  }
  return found;
}

void add_partial_visits(const Cascade& cascade, std::vector<TensorPasses>& tensors) {
  for (const PartialVisit& visit : partial_visits(cascade)) {
    auto row = std::find_if(tensors.begin(), tensors.end(), [&](const TensorPasses& t) {
      return t.tensor == visit.tensor && t.rank == visit.rank;
    });
    if (row == tensors.end()) {
      tensors.push_back({});
      row = std::prev(tensors.end());
      row->tensor = visit.tensor;
      row->rank = visit.rank;
      row->whole_fiber = true;
    }
    row->partial += (row->partial.empty() ? "" : ", ") + visit.fraction;
  }
}

// One rank, with the ranks that its sweeps are counted with. Of a rank that is gone through by its
// parts too, only sweeps of all its elements are passes.
ViewPasses rank_passes(const Flow& flow, const WayGroups& groups, const FullFibres& fibres,
                       RankId rank) {
  std::optional<std::vector<bool>> counted;
  if (groups.is_whole(rank)) counted = sweeping_all(flow.cascade, groups.ways_of(rank));
  ViewPasses passes = view_passes(flow, groups.together(rank), counted);
  passes.summary.rank = rank;
  passes.summary.at_most = !fibres.reach(passes);
  return passes;
}

// Whether the tensor has the rank, or some access of it moves with the rank.
bool runs_over(const Cascade& cascade, TensorId tensor, RankId rank) {
  const std::vector<RankId>& ranks = cascade[tensor].ranks;
  if (std::find(ranks.begin(), ranks.end(), rank) != ranks.end()) return true;
  const auto on_rank = [&](VarId variable) { return cascade[variable].rank == rank; };
  return std::any_of(cascade.accesses.begin(), cascade.accesses.end(), [&](const Access& access) {
    return access.tensor == tensor &&
           std::any_of(access.indices.begin(), access.indices.end(), [&](IndexId index) {
             const std::vector<VarId> variables = variables_of(cascade, index);
             return std::any_of(variables.begin(), variables.end(), on_rank);
           });
  });
}

bool counts(const RankPasses& rank) { return rank.traversals.number().has_value(); }

}  // namespace

base::Result<PassAnalysis> analyze_passes(const Cascade& cascade,
                                          const std::optional<Sizes>& sizes) {
  EINFALL_TRY(const Flow flow, flow_of(cascade, sizes));
  EINFALL_TRY(const FullFibres fibres, FullFibres::of(flow));
  const std::vector<RankWay> splits = split_ranks(cascade);
  const WayGroups groups(cascade);
  PassAnalysis analysis;
  analysis.sizes = flow.sizes;
  analysis.recuts = groups.recuts();
  std::vector<ViewPasses> all;
  for (std::size_t r = 0; r < cascade.ranks.size(); ++r) {
    ViewPasses passes = rank_passes(flow, groups, fibres, RankId(r));
    passes.summary.crossing = crossings(flow, passes);
    for (TensorPasses& tensor : footprints(flow, RankId(r), passes))
      if (runs_over(cascade, tensor.tensor, RankId(r)))
        analysis.tensors.push_back(std::move(tensor));
    for (const RankWay& parts : splits)
      if (parts.front() == RankId(r))
        analysis.splits.push_back(split_passes(flow, groups, parts, passes));
    analysis.ranks.push_back(passes.summary);
    all.push_back(std::move(passes));
  }
  analysis.aliases = alias_passes(flow, fibres);
  add_partial_visits(cascade, analysis.tensors);
  std::stable_sort(analysis.tensors.begin(), analysis.tensors.end(),
                   [](const TensorPasses& a, const TensorPasses& b) {
                     return std::tie(a.tensor, a.rank) < std::tie(b.tensor, b.rank);
                   });
  if (std::all_of(analysis.ranks.begin(), analysis.ranks.end(), counts))
    analysis.joint = joint_sweeps_of(flow, groups, all);
  return analysis;
}

Certainty certainty(const PassAnalysis& analysis, const RankPasses& rank) {
  const auto has_rank = [&](const RankWay& way) {
    return std::find(way.begin(), way.end(), rank.rank) != way.end();
  };
  const bool at_least =
      std::any_of(analysis.recuts.begin(), analysis.recuts.end(), [&](const Recut& recut) {
        return std::any_of(recut.ways.begin(), recut.ways.end(), has_rank);
      });
  if (at_least) return rank.at_most ? Certainty::kAbout : Certainty::kAtLeast;
  return rank.at_most ? Certainty::kAtMost : Certainty::kExact;
}

Certainty certainty(const JointSweeps& joint) {
  if (!joint.exact) return joint.at_most ? Certainty::kAbout : Certainty::kAtLeast;
  return joint.at_most ? Certainty::kAtMost : Certainty::kExact;
}

std::string_view words(Certainty certainty) {
  switch (certainty) {
    case Certainty::kAtLeast:
      return "at least ";
    case Certainty::kAtMost:
      return "at most ";
    case Certainty::kAbout:
      return "about ";
    case Certainty::kExact:
      break;
  }
  return "";
}

base::Result<JointSweeps> joint_sweeps(const Cascade& cascade, const std::vector<RankId>& ranks,
                                       const std::optional<Sizes>& sizes) {
  EINFALL_TRY(const Flow flow, flow_of(cascade, sizes));
  EINFALL_TRY(const FullFibres fibres, FullFibres::of(flow));
  const WayGroups groups(cascade);
  std::vector<ViewPasses> all;
  for (const RankId rank : ranks) {
    all.push_back(rank_passes(flow, groups, fibres, rank));
    const RankPasses& passes = all.back().summary;
    if (!counts(passes))
      return base::failure(base::error("E504", cascade[rank].span,
                                       "the traversals of rank " + cascade[rank].name + " are " +
                                           text(cascade, passes.traversals) +
                                           ", expected a number for the joint count"));
  }
  return joint_sweeps_of(flow, groups, all);
}

}  // namespace einfall::einsum
