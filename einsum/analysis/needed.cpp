#include "einsum/analysis/needed.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "einsum/analysis/touched.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

class Marker {
 public:
  Marker(const Flow& flow, const Sizes& sizes, Needed& needed)
      : flow_(flow), cascade_(flow.cascade), sizes_(sizes), needed_(needed) {}

  // From the outputs backwards; components come in the order of computation, and inside of one the
  // steps need each other.
  void run() {
    const auto& components = flow_.graph.components;
    for (auto component = components.rbegin(); component != components.rend(); ++component)
      for (bool grown = true; grown;) {
        grown = false;
        for (const EinsumId id : component->einsums) {
          if (needed_.all[id.index()] || !is_needed(id)) continue;
          needed_.all[id.index()] = grown = true;
        }
      }
  }

 private:
  bool is_needed(EinsumId id) const {
    const TensorId tensor = flow_.written_by(id);
    if (cascade_[tensor].role == TensorRole::kOutput) return true;
    if (cascade_[id].is_init && steps_are_needed(tensor)) return true;
    const auto& edges = flow_.edges_from[id.index()];
    return std::any_of(edges.begin(), edges.end(), [&](std::size_t e) {
      const Edge& edge = flow_.edge(e);
      const Region* region = needed_.region(edge.reader, edge.access);
      return edge.reader != id && region != nullptr && takes_all(edge, *region);
    });
  }

  // An init line sets what the steps begin with.
  bool steps_are_needed(TensorId tensor) const {
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      if (needed_.all[i] && flow_.written_by(EinsumId(i)) == tensor) return true;
    return false;
  }

  // Whoever reads finds what has been written, so that equally many elements are the same. Where
  // they cannot be counted, a reader that is no branch is taken to miss none, if it goes through
  // every rank.
  bool takes_all(const Edge& edge, const Region& region) const {
    const AccessId lhs = cascade_[edge.writer].lhs;
    const auto read = touched(cascade_, cascade_[edge.reader], region, edge.access, sizes_);
    const auto made =
        touched(cascade_, cascade_[edge.writer], needed_.einsums[edge.writer.index()], lhs, sizes_);
    if (!read || !made || !only_writer(edge) || steps(edge))
      return needed_.taken.count(edge.access) == 0 && goes_through(edge.access);
    return *read >= *made;
  }

  // No quotient, gather or sum leaves elements out, nor a variable that occurs twice.
  bool goes_through(AccessId access) const {
    std::set<VarId> seen;
    for (const IndexId index : cascade_[access].indices) {
      const auto& terms = cascade_[index].terms;
      const bool mirror = terms.size() == 1 && std::holds_alternative<VarId>(terms[0].atom) &&
                          terms[0].coefficient == SizePoly::constant(-1);
      if (!terms.empty() && !mirror && !as_whole(cascade_, index)) return false;
      for (const VarId variable : variables_of(cascade_, index))
        if (!seen.insert(variable).second) return false;
    }
    return true;
  }

  bool only_writer(const Edge& edge) const {
    const TensorId tensor = flow_.written_by(edge.writer);
    return std::count_if(cascade_.einsums.begin(), cascade_.einsums.end(),
                         [&](const Einsum& e) { return cascade_[e.lhs].tensor == tensor; }) == 1;
  }

  // Reads another step's value than the one that is made.
  bool steps(const Edge& edge) const {
    const Tensor& tensor = cascade_[cascade_[edge.access].tensor];
    return tensor.iterative_position.has_value() || tensor.shifted_position.has_value();
  }

  const Flow& flow_;
  const Cascade& cascade_;
  const Sizes& sizes_;
  Needed& needed_;
};

}  // namespace

const Region* Needed::region(EinsumId einsum, AccessId read) const {
  if (!all[einsum.index()]) return nullptr;
  const auto part = taken.find(read);
  return part == taken.end() ? &einsums[einsum.index()] : &part->second;
}

bool Needed::whole(const Cascade& cascade, EinsumId einsum) const {
  const std::vector<AccessId> all_reads = reads(cascade, cascade[einsum]);
  return all[einsum.index()] && std::none_of(all_reads.begin(), all_reads.end(),
                                             [&](AccessId read) { return taken.count(read) > 0; });
}

Needed needed(const Flow& flow, const Sizes& sizes, Presence presence) {
  Needed out;
  out.all.assign(flow.cascade.einsums.size(), false);
  out.einsums = std::move(presence.einsums);
  out.taken = std::move(presence.taken);
  Marker(flow, sizes, out).run();
  return out;
}

}  // namespace einfall::einsum
