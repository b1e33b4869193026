#include "einsum/analysis/splits.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// Variables of an index that is only variables times sizes, by falling degree of the coefficient.
std::optional<std::vector<std::pair<std::size_t, VarId>>> places(const Index& index) {
  std::vector<std::pair<std::size_t, VarId>> found;
  for (const IndexTerm& term : index.terms) {
    const auto* variable = std::get_if<VarId>(&term.atom);
    const auto& monomials = term.coefficient.terms();
    if (variable == nullptr || monomials.size() != 1 || monomials.begin()->second != 1)
      return std::nullopt;
    found.emplace_back(monomials.begin()->first.size(), *variable);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  return found;
}

// Three parts and more: m2*M1*M0 + m1*M0 + m0. Two parts are `as_split`'s.
std::vector<RankId> deep_split(const Cascade& cascade, const Index& index) {
  if (index.terms.size() < 3 || !index.constant.is_zero()) return {};
  const auto order = places(index);
  if (!order) return {};
  std::vector<RankId> parts;
  SizePoly block = SizePoly::constant(1);
  for (auto place = order->rbegin(); place != order->rend(); ++place) {
    const RankId rank = cascade[place->second].rank;
    const auto holds = [&](const IndexTerm& term) {
      const auto* variable = std::get_if<VarId>(&term.atom);
      return variable != nullptr && *variable == place->second && term.coefficient == block;
    };
    if (std::none_of(index.terms.begin(), index.terms.end(), holds)) return {};
    parts.insert(parts.begin(), rank);
    block = block * SizePoly::size(rank);
  }
  return parts;
}

// The parts that an index reads one rank through, outermost first; empty if it is not of that form.
std::vector<RankId> parts_of(const Cascade& cascade, IndexId index) {
  std::vector<RankId> parts = deep_split(cascade, cascade[index]);
  if (const auto split = as_split(cascade, index))
    parts = {cascade[split->outer].rank, cascade[split->inner].rank};
  if (std::set<RankId>(parts.begin(), parts.end()).size() != parts.size()) return {};
  return parts;
}

std::vector<RankId> read_through(const Cascade& cascade, const std::vector<RankId>& parts) {
  std::set<RankId> ranks;
  for (const Access& access : cascade.accesses)
    for (std::size_t i = 0; i < access.indices.size(); ++i)
      if (parts_of(cascade, access.indices[i]) == parts)
        ranks.insert(cascade[access.tensor].ranks[i]);
  return {ranks.begin(), ranks.end()};
}

}  // namespace

std::vector<std::vector<RankId>> split_ranks(const Cascade& cascade) {
  std::vector<std::vector<RankId>> found;
  for (std::size_t i = 0; i < cascade.indices.size(); ++i) {
    std::vector<RankId> parts = parts_of(cascade, IndexId(i));
    if (parts.empty()) continue;
    if (std::find(found.begin(), found.end(), parts) == found.end()) found.push_back(parts);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<Recut> recuts(const Cascade& cascade) {
  std::map<std::pair<TensorId, std::size_t>, std::set<std::vector<RankId>>> ways;
  for (const Access& access : cascade.accesses)
    for (std::size_t i = 0; i < access.indices.size(); ++i) {
      std::vector<RankId> way = parts_of(cascade, access.indices[i]);
      if (const auto plain = as_shifted_variable(cascade, access.indices[i]))
        way = {cascade[plain->variable].rank};
      if (!way.empty()) ways[{access.tensor, i}].insert(std::move(way));
    }
  std::vector<Recut> found;
  for (const auto& [position, of] : ways)
    if (of.size() > 1 &&
        std::any_of(of.begin(), of.end(), [](const auto& way) { return way.size() > 1; }))
      found.push_back({position.first, {of.begin(), of.end()}});
  return found;
}

SplitPasses split_passes(const Flow& flow, const std::vector<RankId>& parts,
                         const ViewPasses& outer) {
  std::vector<bool> whole(flow.cascade.einsums.size(), true);
  for (const RankId part : parts) {
    const std::vector<bool> sweeps = sweeping(flow, RankView(flow.cascade, {part}));
    for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = whole[i] && sweeps[i];
  }
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
