#include "einsum/analysis/needed.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "einsum/analysis/touched.hpp"
#include "einsum/analysis/written_region.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

class Marker {
 public:
  Marker(const Flow& flow, const Sizes& sizes, Needed& needed)
      : flow_(flow),
        cascade_(flow.cascade),
        sizes_(sizes),
        needed_(needed),
        writers_(flow.cascade.tensors.size(), 0) {
    for (const Einsum& einsum : cascade_.einsums) ++writers_[cascade_[einsum.lhs].tensor.index()];
  }

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
        if (grown || component->iterative_rank) continue;
        for (const EinsumId id : component->einsums) take_part(id);
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
      return edge.reader != id && needed_.all[edge.reader.index()] &&
             takes_all(edge, *needed_.region(edge.reader, edge.access));
    });
  }

  // The points of those values that readers are known to take.
  void take_part(EinsumId id) {
    const auto written = variables(cascade_[id].lhs, cascade_[id]);
    if (needed_.all[id.index()] || !written) return;
    Condition asked = Condition::never();
    for (const std::size_t e : flow_.edges_from[id.index()]) {
      const Edge& edge = flow_.edge(e);
      if (only_writer(edge) && !steps(edge)) asked = either(std::move(asked), by(edge, *written));
    }
    Region part = needed_.einsums[id.index()];
    Condition both_hold = both({part.any, part.exact}, asked);
    if (!both_hold.exact || both_hold.any.empty()) return;
    part.any = std::move(both_hold.any);
    needed_.parts.emplace(id, std::move(part));
  }

  // What a reader takes, as a condition on the variables that the writer has at the same places;
  // never, where it is not known.
  Condition by(const Edge& edge, const std::vector<lattice::Var>& written) const {
    const Region* region = needed_.region(edge.reader, edge.access);
    const auto read = variables(edge.access, cascade_[edge.reader]);
    if (region == nullptr || !region->exact || !read) return Condition::never();
    std::vector<lattice::Var> gone;
    std::vector<lattice::Linear> replacement(region->box.size());
    for (lattice::Var v = 0; v < region->box.size(); ++v) {
      const auto place = std::find(read->begin(), read->end(), v);
      if (place == read->end())
        gone.push_back(v);
      else
        replacement[v].terms[written[static_cast<std::size_t>(place - read->begin())]] = 1;
    }
    // The rank of a variable may be shorter than the tensor's.
    lattice::Conjunction inside = region->definitions;
    for (const lattice::Var v : *read) {
      inside.push_back({{{v, 1}}, -region->box[v].high});
      inside.push_back({{{v, -1}}, region->box[v].low});
    }
    Condition taken = both({region->any, true}, Condition{{inside}, true});
    taken = without(taken, region->box, gone);
    Condition moved{replaced(taken.any, replacement), true};
    return taken.exact && moved.any.size() == taken.any.size() ? moved : Condition::never();
  }

  // Of an access whose indices are different variables: their numbers in the Einsum.
  std::optional<std::vector<lattice::Var>> variables(AccessId access, const Einsum& einsum) const {
    std::vector<lattice::Var> found;
    for (const IndexId index : cascade_[access].indices) {
      const auto one = as_shifted_variable(cascade_, index);
      if (!one || one->offset != 0) return std::nullopt;
      const auto place = std::find(einsum.vars.begin(), einsum.vars.end(), one->variable);
      const auto number = static_cast<lattice::Var>(place - einsum.vars.begin());
      if (place == einsum.vars.end() || std::count(found.begin(), found.end(), number) > 0)
        return std::nullopt;
      found.push_back(number);
    }
    return found;
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
    return writers_[flow_.written_by(edge.writer).index()] == 1;
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
  std::vector<std::size_t> writers_;  // by TensorId: how many
};

}  // namespace

const Region* Needed::region(EinsumId einsum, AccessId read) const {
  const auto part = taken.find(read);
  if (!all[einsum.index()]) {
    const auto some = parts.find(einsum);
    return some == parts.end() || part != taken.end() ? nullptr : &some->second;
  }
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
