#include "einsum/analysis/meeting.hpp"

#include <algorithm>
#include <set>

#include "einsum/analysis/element_bytes.hpp"
#include "einsum/analysis/touched.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// Variables of an access with plain indices; nullopt otherwise.
std::optional<std::set<VarId>> plain(const Cascade& cascade, AccessId id) {
  std::set<VarId> found;
  for (const IndexId index : cascade[id].indices) {
    if (!as_shifted_variable(cascade, index) && !as_split(cascade, index)) return std::nullopt;
    for (const VarId variable : variables_of(cascade, index))
      if (!found.insert(variable).second) return std::nullopt;
  }
  return found;
}

class Finder {
 public:
  Finder(const Flow& flow, const Sizes& sizes, const std::vector<Region>& regions,
         base::Bytes capacity)
      : flow_(flow),
        cascade_(flow.cascade),
        sizes_(sizes),
        regions_(regions),
        capacity_(capacity.value()) {}

  std::vector<Meeting> run() {
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) {
      const auto accesses = inputs_of(cascade_.einsums[i]);
      for (std::size_t a = 0; a < accesses.size(); ++a)
        for (std::size_t b = a + 1; b < accesses.size(); ++b)
          consider(EinsumId(i), accesses[a], accesses[b]);
    }
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Meeting& a, const Meeting& b) { return forced(a) > forced(b); });
    std::set<TensorId> taken;
    std::vector<Meeting> disjoint;
    for (const Meeting& meeting : found_)
      if (taken.count(meeting.first) + taken.count(meeting.second) == 0) {
        taken.insert(meeting.first);
        taken.insert(meeting.second);
        disjoint.push_back(meeting);
      }
    return disjoint;
  }

 private:
  static double forced(const Meeting& meeting) {
    return meeting.price * static_cast<double>(meeting.visits) - static_cast<double>(meeting.once);
  }

  std::vector<AccessId> inputs_of(const Einsum& einsum) const {
    std::vector<AccessId> found;
    if (!std::holds_alternative<ReduceRoot>(einsum.root)) return found;
    for (const AccessId read : reads(cascade_, einsum))
      if (flow_.is_input(cascade_[read].tensor)) found.push_back(read);
    return found;
  }

  std::int64_t row_bytes(TensorId tensor, const std::set<VarId>& contracted) const {
    std::int64_t elements = 1;
    for (const VarId variable : contracted) elements *= sizes_[cascade_[variable].rank];
    return elements * stored_bits(cascade_, tensor) / 8;
  }

  void consider(EinsumId id, AccessId first, AccessId second) {
    const auto of_first = plain(cascade_, first), of_second = plain(cascade_, second);
    if (!of_first || !of_second || cascade_[first].tensor == cascade_[second].tensor) return;
    const auto& reduced = std::get<ReduceRoot>(cascade_[id].root).vars;
    std::set<VarId> contracted, outer;
    bool first_own = false, second_own = false;
    for (const VarId variable : cascade_[id].vars) {
      const bool in_first = of_first->count(variable) > 0, in_second = of_second->count(variable);
      const bool is_reduced = std::count(reduced.begin(), reduced.end(), variable) > 0;
      if (in_first && in_second && is_reduced)
        contracted.insert(variable);
      else if (in_first || in_second)
        outer.insert(variable);
      first_own = first_own || (in_first && !in_second);
      second_own = second_own || (in_second && !in_first);
    }
    if (!first_own || !second_own) return;
    add(id, first, second, contracted, {outer.begin(), outer.end()});
  }

  void add(EinsumId id, AccessId first, AccessId second, const std::set<VarId>& contracted,
           const std::vector<VarId>& outer) {
    const Einsum& einsum = cascade_[id];
    const Region& region = regions_[id.index()];
    const auto visits = distinct(einsum, region, outer);
    Meeting meeting;
    meeting.first = cascade_[first].tensor;
    meeting.second = cascade_[second].tensor;
    meeting.first_row = row_bytes(meeting.first, contracted);
    meeting.second_row = row_bytes(meeting.second, contracted);
    if (!visits || meeting.first_row == 0 || meeting.second_row == 0) return;
    meeting.visits = *visits;
    // Rows that do not fit together are moved in parts, of which the price below says nothing.
    if (meeting.first_row + meeting.second_row > capacity_) return;
    const double smaller = static_cast<double>(std::min(meeting.first_row, meeting.second_row));
    meeting.price = static_cast<double>(meeting.first_row) *
                    static_cast<double>(meeting.second_row) /
                    (static_cast<double>(capacity_) - smaller);
    for (const AccessId access : {first, second}) {
      const auto once = touched(cascade_, einsum, region, access);
      if (!once) return;
      meeting.once += *once * stored_bits(cascade_, cascade_[access].tensor) / 8;
    }
    for (const VarId variable : outer) meeting.outer.insert(cascade_[variable].rank);
    found_.push_back(meeting);
  }

  const Flow& flow_;
  const Cascade& cascade_;
  const Sizes& sizes_;
  const std::vector<Region>& regions_;
  std::int64_t capacity_;
  std::vector<Meeting> found_;
};

}  // namespace

std::vector<Meeting> meetings(const Flow& flow, const Sizes& sizes,
                              const std::vector<Region>& regions, base::Bytes capacity) {
  return Finder(flow, sizes, regions, capacity).run();
}

}  // namespace einfall::einsum
