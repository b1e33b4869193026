#include "einsum/analysis/full_fibres.hpp"

#include <algorithm>

#include "einsum/analysis/region_count.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

constexpr std::size_t kMostEnds = 6;  // ranks that are tried at either end
constexpr std::size_t kMostCountings = 4096;

// What the conditions of statements speak of.
struct Masks {
  std::set<RankId> ranks;
  bool data = false;  // values of tensors, too
};

class Reader {
 public:
  explicit Reader(const Cascade& cascade) : cascade_(cascade) {}

  Masks masks_of(const std::vector<EinsumId>& einsums) {
    for (const EinsumId id : einsums)
      for (const CondId where : cascade_[id].where) add(where);
    return std::move(found_);
  }

 private:
  void add(CondId root) {
    std::vector<CondId> pending{root};
    while (!pending.empty()) {
      const auto& node = cascade_[pending.back()].node;
      pending.pop_back();
      if (const auto* compare = std::get_if<CompareCond>(&node)) {
        add(compare->lhs);
        add(compare->rhs);
      } else if (const auto* all = std::get_if<AndCond>(&node)) {
        pending.insert(pending.end(), all->operands.begin(), all->operands.end());
      } else if (const auto* any = std::get_if<OrCond>(&node)) {
        pending.insert(pending.end(), any->operands.begin(), any->operands.end());
      } else if (const auto* negated = std::get_if<NotCond>(&node)) {
        pending.push_back(negated->operand);
      } else if (const auto* present = std::get_if<PresentCond>(&node)) {
        add_all(present->access);
      } else if (const auto* truth = std::get_if<TruthCond>(&node)) {
        found_.data = true;
        add_all(truth->access);
      }
    }
  }
  void add_all(AccessId access) {
    for (const IndexId index : cascade_[access].indices) add(index);
  }
  void add(IndexId index) {
    for (const VarId variable : variables_of(cascade_, index))
      found_.ranks.insert(cascade_[variable].rank);
    for (const IndexTerm& term : cascade_[index].terms)
      found_.data = found_.data || std::holds_alternative<AccessId>(term.atom);
  }

  const Cascade& cascade_;
  Masks found_;
};

bool any_of_view(const std::set<RankId>& ranks, const RankView& view) {
  return std::any_of(ranks.begin(), ranks.end(), [&](RankId rank) { return view.holds(rank); });
}

}  // namespace

base::Result<FullFibres> FullFibres::of(const Flow& flow) {
  FullFibres found(flow);
  const auto& einsums = flow.cascade.einsums;
  const auto is_masked = [](const Einsum& einsum) { return !einsum.where.empty(); };
  if (std::none_of(einsums.begin(), einsums.end(), is_masked)) return found;
  EINFALL_TRY(found.regions_, present_points(flow.cascade, flow.sizes));
  return found;
}

bool FullFibres::reach(const ViewPasses& passes) const {
  if (regions_.empty()) return true;
  const Cascade& cascade = flow_->cascade;
  const RankView& view = passes.view;
  std::set<EinsumId> waiting;
  for (const auto* chain : {&passes.summary.chain, &passes.summary.traversal_chain})
    for (const ChainLink& link : *chain) waiting.insert(link.einsum);
  const std::vector<EinsumId> involved = with_all_before(waiting);
  const Masks masks = Reader(cascade).masks_of(involved);
  if (!any_of_view(masks.ranks, view)) return true;
  for (const auto* chain : {&passes.summary.chain, &passes.summary.traversal_chain})
    for (const ChainLink& link : *chain)
      if (waits_in_places(link, view)) return false;
  std::vector<RankId> ends;
  for (const RankId rank : masks.ranks)
    if (!view.holds(rank) && ends.size() < kMostEnds) ends.push_back(rank);
  std::size_t left = kMostCountings;
  for (std::size_t chosen = 0; chosen < std::size_t{1} << ends.size(); ++chosen) {
    std::set<RankId> at_end;
    for (std::size_t i = 0; i < ends.size(); ++i)
      if ((chosen >> i & 1) != 0) at_end.insert(ends[i]);
    const auto full = [&](EinsumId id) {
      return left > 0 && left-- > 0 && is_full(id, view, at_end, masks.data);
    };
    if (std::all_of(involved.begin(), involved.end(), full)) return true;
  }
  return false;
}

// These statements and those that they come after, directly or not.
std::vector<EinsumId> FullFibres::with_all_before(const std::set<EinsumId>& last) const {
  std::set<EinsumId> seen;
  std::vector<EinsumId> pending(last.begin(), last.end());
  while (!pending.empty()) {
    const EinsumId id = pending.back();
    pending.pop_back();
    if (!seen.insert(id).second) continue;
    for (const std::size_t e : flow_->edges_into[id.index()])
      pending.push_back(flow_->edge(e).writer);
  }
  return {seen.begin(), seen.end()};
}

// It reads the barrier, masked along the view, at another element as it goes along.
bool FullFibres::waits_in_places(const ChainLink& link, const RankView& view) const {
  const Cascade& cascade = flow_->cascade;
  std::set<EinsumId> writers;
  bool moves = false;
  for (const std::size_t e : flow_->edges_into[link.einsum.index()]) {
    const Edge& edge = flow_->edge(e);
    if (flow_->written_by(edge.writer) != link.waits_for) continue;
    writers.insert(edge.writer);
    for (const IndexId index : cascade[edge.access].indices)
      for (const VarId variable : variables_of(cascade, index))
        moves = moves || view.holds(cascade, variable);
  }
  return moves && any_of_view(Reader(cascade).masks_of(with_all_before(writers)).ranks, view);
}

bool FullFibres::is_full(EinsumId id, const RankView& view, const std::set<RankId>& at_end,
                         bool data) const {
  const Cascade& cascade = flow_->cascade;
  if (variables_on(cascade, cascade[id], view).empty()) return true;
  Region fibre = regions_[id.index()];
  if (!fibre.exact && !data) return false;
  lattice::Wide whole = 1;
  for (std::size_t v = 0; v < cascade[id].vars.size(); ++v) {
    lattice::Range& range = fibre.box[v];
    const RankId rank = cascade[cascade[id].vars[v]].rank;
    if (view.holds(rank))
      whole *= range.high - range.low + 1;
    else if (at_end.count(rank) > 0)
      range.low = range.high;
    else
      range.high = range.low;
  }
  const lattice::Count count = count_points(fibre);
  return count.exact && count.points == whole;
}

}  // namespace einfall::einsum
