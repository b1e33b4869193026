#include "einsum/analysis/boundaries.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "einsum/analysis/alike.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// A bound stays sound when boundaries are left out; these limits keep hostile cascades cheap.
constexpr std::size_t kMostBoundaries = 64;
constexpr std::size_t kMostTensors = 256;

class Finder {
 public:
  Finder(const Flow& flow, const ViewPasses& passes, const AlikeAccesses* alike)
      : flow_(flow), cascade_(flow.cascade), passes_(passes), alike_(alike) {}

  Boundary boundary(const ChainLink& link) {
    const Boundary none{link.einsum, link.waits_for, {}, {}, {}};
    Boundary found = none;
    const auto fibre = alike_->coordinates(link.waits_for, link.einsum, passes_.view);
    if (!fibre) return none;
    found.fibre = *fibre;
    before_.clear();
    visited_.clear();
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      if (flow_.written_by(EinsumId(i)) == link.waits_for) collect(EinsumId(i));
    if (last_ && visited_.count(*last_) == 0) return none;
    vertex_.clear();
    follow(found, link.einsum);
    if (found.tensors.size() > kMostTensors) return none;
    if (!found.arcs.empty()) last_ = link.einsum;
    return found;
  }

  // Whether the barrier needs every element, in whatever order they come: something is reduced or
  // selected over the rank, or iterates along it. A tensor that is read at another index (a mirror,
  // a transpose, a quotient) is none: its readers can go through the inputs in their own order.
  bool completes(const ChainLink& link) const {
    std::set<EinsumId> seen;
    std::vector<EinsumId> pending = writers(link.waits_for);
    const bool final_value = link.kind == "final value";
    while (!pending.empty()) {
      const EinsumId id = pending.back();
      pending.pop_back();
      if (!seen.insert(id).second) continue;
      const std::vector<std::size_t>& into = flow_.edges_into[id.index()];
      if (!variables_on(cascade_, cascade_[id], passes_.view).empty()) {
        const bool iterates = std::any_of(into.begin(), into.end(), [&](std::size_t e) {
          return flow_.edge(e).writer == id && flow_.inside_component(e);
        });
        if (iterates ? final_value : gathers_all(id)) return true;
      } else {
        for (const std::size_t e : into) pending.push_back(flow_.edge(e).writer);
      }
    }
    return false;
  }

  // All that passes up to `pass` hand over to later ones.
  Boundary after(std::int64_t pass) {
    Boundary found;
    before_.clear();
    vertex_.clear();
    const auto later = [&](EinsumId id) { return passes_.traversals[id].constant > pass; };
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) {
      if (later(EinsumId(i))) continue;
      before_.insert(flow_.written_by(EinsumId(i)));
      for (const AccessId read : reads(cascade_, cascade_.einsums[i]))
        before_.insert(cascade_[read].tensor);
    }
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      if (later(EinsumId(i)) && !variables_on(cascade_, cascade_.einsums[i], passes_.view).empty())
        follow(found, EinsumId(i));
    return found;
  }

 private:
  std::vector<EinsumId> writers(TensorId tensor) const {
    std::vector<EinsumId> found;
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      if (flow_.written_by(EinsumId(i)) == tensor && !cascade_.einsums[i].is_init)
        found.emplace_back(i);
    return found;
  }

  // It has one value, or one selection, for all of the rank.
  bool gathers_all(EinsumId id) const {
    const auto on_view = [&](const std::vector<VarId>& variables) {
      return std::any_of(variables.begin(), variables.end(),
                         [&](VarId v) { return passes_.view.holds(cascade_, v); });
    };
    const auto& root = cascade_[id].root;
    const auto* reduce = std::get_if<ReduceRoot>(&root);
    const auto* populate = std::get_if<PopulateRoot>(&root);
    return !swept(cascade_[id].lhs) && ((reduce != nullptr && on_view(reduce->vars)) ||
                                        (populate != nullptr && on_view(populate->over)));
  }

  bool swept(AccessId id) const {
    const auto& indices = cascade_[id].indices;
    return std::any_of(indices.begin(), indices.end(), [&](IndexId index) {
      const auto variables = variables_of(cascade_, index);
      return std::any_of(variables.begin(), variables.end(),
                         [&](VarId v) { return passes_.view.holds(cascade_, v); });
    });
  }

  // It is known which elements of it are touched.
  bool is_known(TensorId tensor) const { return alike_ == nullptr || alike_->of(tensor); }

  // Tensors that the barrier was computed from: they were at hand before it.
  void collect(EinsumId id) {
    std::vector<EinsumId> pending{id};
    while (!pending.empty()) {
      const EinsumId next = pending.back();
      pending.pop_back();
      if (!visited_.insert(next).second) continue;
      for (const AccessId read : reads(cascade_, cascade_[next]))
        if (is_known(cascade_[read].tensor)) before_.insert(cascade_[read].tensor);
      for (const std::size_t e : flow_.edges_into[next.index()])
        if (is_known(flow_.written_by(flow_.edge(e).writer)))
          pending.push_back(flow_.edge(e).writer);
    }
  }

  std::size_t vertex(Boundary& found, TensorId tensor) {
    const auto [place, fresh] = vertex_.emplace(tensor, found.tensors.size() + 2);
    if (fresh) found.tensors.push_back(tensor);
    return place->second;
  }

  // Walks back from a statement beyond the boundary along what it streams; with each statement goes
  // the vertex that needs it, at first the sink.
  void follow(Boundary& found, EinsumId start) {
    std::set<std::pair<EinsumId, std::size_t>> done;
    std::vector<std::pair<EinsumId, std::size_t>> pending{{start, 1}};
    while (!pending.empty() && found.tensors.size() <= kMostTensors) {
      const auto [id, to] = pending.back();
      pending.pop_back();
      if (!done.emplace(id, to).second) continue;
      for (const AccessId read : reads(cascade_, cascade_[id])) {
        const TensorId tensor = cascade_[read].tensor;
        if (!flow_.is_input(tensor) || before_.count(tensor) == 0 || !swept(read)) continue;
        const std::size_t leaf = vertex(found, tensor);
        found.arcs.emplace_back(0, leaf);
        found.arcs.emplace_back(leaf, to);
      }
      for (const std::size_t e : flow_.edges_into[id.index()]) {
        if (passes_.relations[e].relation != Relation::kStream) continue;
        const EinsumId writer = flow_.edge(e).writer;
        const TensorId tensor = flow_.written_by(writer);
        if (!is_known(tensor)) continue;
        // What is new after the barrier is computed there; the walk goes on through it.
        const bool known = before_.count(tensor) > 0;
        std::size_t through = to;
        if (known) {
          through = vertex(found, tensor);
          found.arcs.emplace_back(through, to);
        }
        pending.emplace_back(writer, through);
      }
    }
  }

  const Flow& flow_;
  const Cascade& cascade_;
  const ViewPasses& passes_;
  const AlikeAccesses* alike_;    // null: tensors are counted as wholes
  std::optional<EinsumId> last_;  // begins the pass after the last boundary with paths
  std::set<TensorId> before_;
  std::set<EinsumId> visited_;
  std::map<TensorId, std::size_t> vertex_;
};

}  // namespace

Boundary boundary_after(const Flow& flow, const ViewPasses& passes, std::int64_t pass) {
  return Finder(flow, passes, nullptr).after(pass);
}

std::vector<Boundary> boundaries_of(const Flow& flow, const ViewPasses& passes) {
  std::vector<Boundary> found;
  const AlikeAccesses alike(flow.cascade);
  Finder finder(flow, passes, &alike);
  for (const ChainLink& link : passes.summary.traversal_chain)
    if (!link.each_step && found.size() < kMostBoundaries && finder.completes(link))
      found.push_back(finder.boundary(link));
  return found;
}

Crossover cross(const Boundary& boundary, const std::function<std::int64_t(TensorId)>& weight) {
  WeightedGraph graph{{0, 0}, boundary.arcs};
  for (const TensorId tensor : boundary.tensors) graph.weights.push_back(weight(tensor));
  const VertexCut cut = min_vertex_cut(graph);
  Crossover found{cut.weight, {}};
  for (const std::size_t v : cut.vertices) found.cut.push_back(boundary.tensors[v - 2]);
  std::sort(found.cut.begin(), found.cut.end());
  return found;
}

}  // namespace einfall::einsum
