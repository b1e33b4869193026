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
        capacity_(static_cast<double>(capacity.value())) {}

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
    for (const Meeting& meeting : found_) {
      const std::set<TensorId> own{meeting.first, meeting.second, meeting.result};
      if (std::any_of(own.begin(), own.end(), [&](TensorId t) { return taken.count(t) > 0; }))
        continue;
      taken.insert(own.begin(), own.end());
      disjoint.push_back(meeting);
    }
    return disjoint;
  }

 private:
  static double forced(const Meeting& meeting) { return meeting.traffic.least - meeting.once; }

  std::vector<AccessId> inputs_of(const Einsum& einsum) const {
    std::vector<AccessId> found;
    if (!std::holds_alternative<ReduceRoot>(einsum.root)) return found;
    for (const AccessId read : reads(cascade_, einsum))
      if (flow_.is_input(cascade_[read].tensor)) found.push_back(read);
    return found;
  }

  void consider(EinsumId id, AccessId first, AccessId second) {
    const auto of_first = plain(cascade_, first), of_second = plain(cascade_, second);
    if (!of_first || !of_second || cascade_[first].tensor == cascade_[second].tensor) return;
    const auto& reduced = std::get<ReduceRoot>(cascade_[id].root).vars;
    std::vector<VarId> contracted, outer;
    bool first_own = false, second_own = false;
    for (const VarId variable : cascade_[id].vars) {
      const bool in_first = of_first->count(variable) > 0, in_second = of_second->count(variable);
      const bool is_reduced = std::count(reduced.begin(), reduced.end(), variable) > 0;
      if (in_first && in_second && is_reduced)
        contracted.push_back(variable);
      else if (in_first || in_second)
        outer.push_back(variable);
      first_own = first_own || (in_first && !in_second);
      second_own = second_own || (in_second && !in_first);
    }
    if (!first_own || !second_own) return;
    Meeting meeting;
    meeting.first = cascade_[first].tensor;
    meeting.second = cascade_[second].tensor;
    meeting.result = cascade_[cascade_[id].lhs].tensor;
    meeting.product.first = bytes(meeting.first);
    meeting.product.second = bytes(meeting.second);
    meeting.product.result =
        std::min(bytes(meeting.result), accumulated_bits(cascade_, meeting.result) / 8.0);
    if (!count(id, contracted, outer, meeting.product)) return;
    for (const AccessId access : {first, second}) {
      const auto once = touched(cascade_, cascade_[id], regions_[id.index()], access, sizes_);
      if (!once) return;
      meeting.once += static_cast<double>(*once) * bytes(cascade_[access].tensor);
    }
    for (const VarId variable : outer) meeting.outer.insert(cascade_[variable].rank);
    meeting.traffic = product_traffic(meeting.product, capacity_);
    found_.push_back(std::move(meeting));
  }

  double bytes(TensorId tensor) const { return stored_bits(cascade_, tensor) / 8.0; }

  // Visits, with what their sums contract if every value of the result needs all of it; else a
  // visit is one product, whatever sums there are.
  bool count(EinsumId id, const std::vector<VarId>& contracted, std::vector<VarId> outer,
             Product& product) const {
    const auto visits = distinct_of(id, outer);
    if (!visits || *visits == 0) return false;
    product.visits = static_cast<double>(*visits);
    double depth = 1;
    for (const VarId v : contracted) depth *= static_cast<double>(sizes_[cascade_[v].rank]);
    std::vector<VarId> products = outer;
    products.insert(products.end(), contracted.begin(), contracted.end());
    const auto all = distinct_of(id, products);
    if (const auto of_result = plain(cascade_, cascade_[id].lhs)) {
      const bool one_sum =
          std::all_of(outer.begin(), outer.end(), [&](VarId v) { return of_result->count(v) > 0; });
      for (const VarId v : *of_result)
        if (std::count(outer.begin(), outer.end(), v) == 0) {
          outer.push_back(v);
          products.push_back(v);
        }
      const auto sums = distinct_of(id, outer), parts = distinct_of(id, products);
      if (one_sum && sums && parts &&
          static_cast<double>(*parts) == static_cast<double>(*sums) * depth) {
        product.depth = depth;
        return true;
      }
    }
    if (all) product.visits = static_cast<double>(*all);
    return true;
  }

  std::optional<std::int64_t> distinct_of(EinsumId id, const std::vector<VarId>& variables) const {
    return distinct(cascade_[id], regions_[id.index()], variables);
  }

  const Flow& flow_;
  const Cascade& cascade_;
  const Sizes& sizes_;
  const std::vector<Region>& regions_;
  double capacity_;
  std::vector<Meeting> found_;
};

}  // namespace

std::vector<Meeting> meetings(const Flow& flow, const Sizes& sizes,
                              const std::vector<Region>& regions, base::Bytes capacity) {
  return Finder(flow, sizes, regions, capacity).run();
}

}  // namespace einfall::einsum
