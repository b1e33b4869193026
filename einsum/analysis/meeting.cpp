#include "einsum/analysis/meeting.hpp"

#include <algorithm>
#include <set>

#include "einsum/analysis/element_bytes.hpp"
#include "einsum/analysis/touched.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// Meetings are of Einsums all of whose reads are needed wherever they have a point.
std::vector<Region> regions_of(const Cascade& cascade, const Needed& needed) {
  std::vector<Region> regions = needed.einsums;
  for (std::size_t i = 0; i < regions.size(); ++i)
    regions[i].exact = regions[i].exact && needed.whole(cascade, EinsumId(i));
  return regions;
}

class Finder {
 public:
  Finder(const Flow& flow, const Sizes& sizes, const Needed& needed, base::Bytes capacity)
      : flow_(flow),
        cascade_(flow.cascade),
        sizes_(sizes),
        regions_(regions_of(cascade_, needed)),
        forms_(flow, needed),
        capacity_(static_cast<double>(capacity.value())) {}

  std::vector<Meeting> run() {
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) {
      const auto operands = operands_of(cascade_.einsums[i]);
      for (std::size_t a = 0; a < operands.size(); ++a)
        for (std::size_t b = a + 1; b < operands.size(); ++b)
          consider(EinsumId(i), operands[a], operands[b]);
    }
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Meeting& a, const Meeting& b) { return forced(a) > forced(b); });
    std::set<TensorId> taken;
    std::vector<Meeting> disjoint;
    for (const Meeting& meeting : found_) {
      std::set<TensorId> own{meeting.result};
      for (const OperandForms* forms : {&meeting.first, &meeting.second})
        own.insert(forms->tensors.begin(), forms->tensors.end());
      if (std::any_of(own.begin(), own.end(), [&](TensorId t) { return taken.count(t) > 0; }))
        continue;
      taken.insert(own.begin(), own.end());
      disjoint.push_back(meeting);
    }
    return disjoint;
  }

 private:
  static double forced(const Meeting& meeting) { return meeting.traffic.least - meeting.once; }

  struct Operand {
    AccessId access;
    OperandForms forms;
    std::set<VarId> variables;
  };

  std::vector<Operand> operands_of(const Einsum& einsum) const {
    std::vector<Operand> found;
    if (!std::holds_alternative<ReduceRoot>(einsum.root)) return found;
    for (const AccessId read : reads(cascade_, einsum)) {
      auto forms = forms_.of(cascade_[read].tensor);
      const auto variables = plain_variables(cascade_, read);
      if (forms && variables) found.push_back({read, std::move(*forms), *variables});
    }
    return found;
  }

  void consider(EinsumId id, const Operand& first, const Operand& second) {
    if (first.forms.input() == second.forms.input()) return;
    const auto& reduced = std::get<ReduceRoot>(cascade_[id].root).vars;
    std::vector<VarId> contracted, outer;
    bool first_own = false, second_own = false;
    for (const VarId variable : cascade_[id].vars) {
      const bool in_first = first.variables.count(variable) > 0;
      const bool in_second = second.variables.count(variable) > 0;
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
    meeting.first = first.forms;
    meeting.second = second.forms;
    meeting.result = cascade_[cascade_[id].lhs].tensor;
    meeting.product.first = first.forms.bits / 8.0;
    meeting.product.second = second.forms.bits / 8.0;
    meeting.product.result =
        std::min(bytes(meeting.result), accumulated_bits(cascade_, meeting.result) / 8.0);
    if (!count(id, contracted, outer, meeting.product)) return;
    for (const Operand* operand : {&first, &second}) {
      const auto once =
          touched(cascade_, cascade_[id], regions_[id.index()], operand->access, sizes_);
      if (!once) return;
      meeting.once += static_cast<double>(*once) * operand->forms.bits / 8;
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
    if (const auto of_result = plain_variables(cascade_, cascade_[id].lhs)) {
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
  std::vector<Region> regions_;
  InputForms forms_;
  double capacity_;
  std::vector<Meeting> found_;
};

}  // namespace

std::vector<Meeting> meetings(const Flow& flow, const Sizes& sizes, const Needed& needed,
                              base::Bytes capacity) {
  return Finder(flow, sizes, needed, capacity).run();
}

}  // namespace einfall::einsum
