#include "einsum/analysis/lineage.hpp"

#include <boost/dynamic_bitset.hpp>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

bool swept(const Cascade& cascade, const Access& access, const RankView& view) {
  for (const IndexId index : access.indices)
    for (const VarId variable : variables_of(cascade, index))
      if (view.holds(cascade, variable)) return true;
  return false;
}

class Lines {
 public:
  Lines(const Flow& flow, const RankView& view, const std::vector<EdgeRelation>& relations)
      : flow_(flow),
        view_(view),
        relations_(relations),
        own_(flow.cascade.einsums.size(), Tensors(flow.cascade.tensors.size())) {}

  Lineage run() {
    for (std::size_t i = 0; i < own_.size(); ++i) read_inputs(EinsumId(i));
    for (const Component& component : flow_.graph.components) settle(component);
    return packed();
  }

 private:
  using Tensors = boost::dynamic_bitset<>;

  void read_inputs(EinsumId id) {
    for (const AccessId input : swept_inputs(flow_, view_, id))
      own_[id.index()].set(flow_.cascade[input].tensor.index());
  }

  void settle(const Component& component) {
    bool changed = true;
    while (changed) {
      changed = false;
      for (const EinsumId id : component.einsums) changed = pull(id) || changed;
    }
    for (const EinsumId id : component.einsums) start_lineage(id);
    if (component.iterative_rank)
      for (std::size_t round = 0; round < component.einsums.size(); ++round)
        for (const EinsumId id : component.einsums) pull(id);
  }

  bool pull(EinsumId id) {
    Tensors& mine = own_[id.index()];
    const std::size_t before = mine.count();
    for (const std::size_t e : flow_.edges_into[id.index()])
      if (relations_[e].relation == Relation::kStream) mine |= own_[flow_.edge(e).writer.index()];
    return mine.count() != before;
  }

  void start_lineage(EinsumId id) {
    const Einsum& einsum = flow_.cascade[id];
    if (einsum.is_init || own_[id.index()].any()) return;
    if (!variables_on(flow_.cascade, einsum, view_).empty())
      own_[id.index()].set(flow_.written_by(id).index());
  }

  Lineage packed() const {
    Tensors all(flow_.cascade.tensors.size());
    for (const Tensors& mine : own_) all |= mine;
    Lineage lineage;
    for (const bool inputs : {true, false})
      for (std::size_t t = 0; t < all.size(); ++t)
        if (all[t] && flow_.is_input(TensorId(t)) == inputs) lineage.leaves.emplace_back(t);
    for (const Tensors& mine : own_) {
      std::vector<bool> row;
      for (const TensorId leaf : lineage.leaves) row.push_back(mine[leaf.index()]);
      lineage.of_einsum.push_back(std::move(row));
    }
    return lineage;
  }

  const Flow& flow_;
  const RankView& view_;
  const std::vector<EdgeRelation>& relations_;
  std::vector<Tensors> own_;  // leaves, by Einsum
};

}  // namespace

std::vector<AccessId> swept_inputs(const Flow& flow, const RankView& view, EinsumId id) {
  std::vector<AccessId> inputs;
  for (const AccessId read : reads(flow.cascade, flow.cascade[id])) {
    const Access& access = flow.cascade[read];
    if (flow.is_input(access.tensor) && swept(flow.cascade, access, view)) inputs.push_back(read);
  }
  return inputs;
}

Lineage lineage_of(const Flow& flow, const RankView& view,
                   const std::vector<EdgeRelation>& relations) {
  return Lines(flow, view, relations).run();
}

}  // namespace einfall::einsum
