#include "einsum/analysis/footprint.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

bool swept(const Cascade& cascade, const Access& access, const RankView& view) {
  return std::any_of(access.indices.begin(), access.indices.end(), [&](IndexId index) {
    const auto variables = variables_of(cascade, index);
    return std::any_of(variables.begin(), variables.end(),
                       [&](VarId variable) { return view.holds(cascade, variable); });
  });
}

void insert_sorted(std::vector<SymbolicCount>& levels, const SymbolicCount& level) {
  if (std::find(levels.begin(), levels.end(), level) != levels.end()) return;
  const auto place = std::find_if(levels.begin(), levels.end(),
                                  [&](const SymbolicCount& l) { return greater(l, level); });
  levels.insert(place, level);
}

class Footprints {
 public:
  Footprints(const Flow& flow, RankId rank, const ViewPasses& passes)
      : flow_(flow), cascade_(flow.cascade), rank_(rank), passes_(passes) {}

  std::vector<TensorPasses> run() {
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) written(EinsumId(i));
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) read_inputs(EinsumId(i));
    for (std::size_t e = 0; e < flow_.graph.edges.size(); ++e) read(e);
    for (std::size_t leaf = 0; leaf < passes_.lineage.leaves.size(); ++leaf) {
      const auto place = found_.find(passes_.lineage.leaves[leaf]);
      if (place == found_.end()) continue;
      place->second.passes = passes_.leaf_passes[leaf];
      if (greater(place->second.passes, SymbolicCount(1))) place->second.whole_fiber = true;
    }
    std::vector<TensorPasses> rows;
    for (auto& [tensor, row] : found_) rows.push_back(std::move(row));
    return rows;
  }

 private:
  TensorPasses& row(TensorId tensor) {
    TensorPasses& found = found_[tensor];
    found.tensor = tensor;
    found.rank = rank_;
    return found;
  }

  void written(EinsumId id) {
    const Access& lhs = cascade_[cascade_[id].lhs];
    if (!swept(cascade_, lhs, passes_.view)) return;
    TensorPasses& found = row(lhs.tensor);
    const SymbolicCount& level = passes_.traversals[id];
    found.produced = found.produced ? larger(*found.produced, level) : level;
  }

  void read_inputs(EinsumId id) {
    for (const AccessId access : reads(cascade_, cascade_[id]))
      if (flow_.is_input(cascade_[access].tensor) &&
          swept(cascade_, cascade_[access], passes_.view))
        insert_sorted(row(cascade_[access].tensor).read, passes_.traversals[id]);
  }

  void read(std::size_t e) {
    const Edge& edge = flow_.edge(e);
    if (!swept(cascade_, cascade_[cascade_[edge.writer].lhs], passes_.view)) {
      if (passes_.relations[e].relation == Relation::kStream) wait(e);
      return;
    }
    const auto place = found_.find(flow_.written_by(edge.writer));
    if (place == found_.end()) return;
    TensorPasses& tensor = place->second;
    const SymbolicCount& level = passes_.traversals[edge.reader];
    insert_sorted(tensor.read, level);
    const EdgeRelation& relation = passes_.relations[e];
    if (relation.relation == Relation::kCarried) return;  // one slice
    if (relation.relation == Relation::kStream && level == passes_.traversals[edge.writer])
      widen(tensor, relation.window);
    else if (!final_value(edge))
      tensor.whole_fiber = true;
  }

  // For the value of a block: what the reader takes along the rank lives as long as the block.
  void wait(std::size_t e) {
    for (const AccessId access : reads(cascade_, cascade_[flow_.edge(e).reader])) {
      const auto place = found_.find(cascade_[access].tensor);
      if (place != found_.end() && access != flow_.edge(e).access &&
          swept(cascade_, cascade_[access], passes_.view))
        widen(place->second, passes_.relations[e].window);
    }
  }

  static void widen(TensorPasses& tensor, const SizePoly& window) {
    const auto mine = tensor.window.as_constant(), theirs = window.as_constant();
    if (!mine && theirs) return;
    if (!theirs || *theirs > *mine) tensor.window = window;
  }

  // X[R] of an iterative tensor: the last slice, no fibre.
  bool final_value(const Edge& edge) const {
    const auto position = cascade_[cascade_[edge.access].tensor].iterative_position;
    if (!position) return false;
    const Index& index = cascade_[cascade_[edge.access].indices[*position]];
    return index.terms.empty() && index.constant.as_size() == rank_;
  }

  const Flow& flow_;
  const Cascade& cascade_;
  RankId rank_;
  const ViewPasses& passes_;
  std::map<TensorId, TensorPasses> found_;
};

bool gathers(const Cascade& cascade, IndexId index) {
  const std::vector<IndexTerm>& terms = cascade[index].terms;
  return std::any_of(terms.begin(), terms.end(), [](const IndexTerm& term) {
    return std::holds_alternative<AccessId>(term.atom);
  });
}

// A gather is counted for one element of the output: ranks that the cascade's outputs keep are no
// part of the fraction, unless nothing else is left.
std::string fraction(const Cascade& cascade, IndexId index, RankId rank) {
  std::set<RankId> kept;
  for (const Tensor& tensor : cascade.tensors)
    if (tensor.role == TensorRole::kOutput) kept.insert(tensor.ranks.begin(), tensor.ranks.end());
  const std::vector<VarId> variables = variables_of(cascade, index);
  for (const bool all : {false, true}) {
    std::string product;
    for (const VarId variable : variables)
      if (all || kept.count(cascade[variable].rank) == 0)
        product += (product.empty() ? "" : "*") + cascade[cascade[variable].rank].name;
    if (!product.empty()) return product + "/" + cascade[rank].name;
  }
  return "1/" + cascade[rank].name;
}

}  // namespace

std::vector<Crossing> crossings(const Flow& flow, const ViewPasses& passes) {
  std::map<TensorId, Crossing> found;
  for (std::size_t e = 0; e < flow.graph.edges.size(); ++e) {
    const Edge& edge = flow.edge(e);
    const Relation relation = passes.relations[e].relation;
    if (relation != Relation::kStream && relation != Relation::kDone) continue;
    const Access& lhs = flow.cascade[flow.cascade[edge.writer].lhs];
    if (!swept(flow.cascade, lhs, passes.view)) continue;
    if (flow.cascade[lhs.tensor].iterative_position && relation == Relation::kDone) continue;
    const SymbolicCount& from = passes.traversals[edge.writer];
    const SymbolicCount& to = passes.traversals[edge.reader];
    if (!greater(to, from)) continue;
    const auto [place, fresh] = found.emplace(lhs.tensor, Crossing{lhs.tensor, from, to});
    if (!fresh) place->second.to = larger(place->second.to, to);
  }
  std::vector<Crossing> list;
  for (auto& [tensor, crossing] : found) list.push_back(std::move(crossing));
  return list;
}

std::vector<TensorPasses> footprints(const Flow& flow, RankId rank, const ViewPasses& passes) {
  return Footprints(flow, rank, passes).run();
}

std::vector<PartialVisit> partial_visits(const Cascade& cascade) {
  std::vector<PartialVisit> found;
  for (const Access& access : cascade.accesses) {
    const std::vector<RankId>& ranks = cascade[access.tensor].ranks;
    for (std::size_t i = 0; i < std::min(ranks.size(), access.indices.size()); ++i) {
      if (!gathers(cascade, access.indices[i])) continue;
      PartialVisit visit{access.tensor, ranks[i], fraction(cascade, access.indices[i], ranks[i])};
      const bool known = std::any_of(found.begin(), found.end(), [&](const PartialVisit& old) {
        return old.tensor == visit.tensor && old.rank == visit.rank &&
               old.fraction == visit.fraction;
      });
      if (!known) found.push_back(std::move(visit));
    }
  }
  return found;
}

}  // namespace einfall::einsum
