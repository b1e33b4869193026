#include "einsum/analysis/slices.hpp"

#include <map>
#include <optional>
#include <set>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

class Slices {
 public:
  Slices(const Cascade& cascade, const Unrolled& unrolled,
         const std::vector<std::vector<AccessId>>& through)
      : cascade_(cascade), unrolled_(unrolled), through_(through) {}

  std::vector<std::vector<std::size_t>> run() {
    const auto position = sliced_position();
    std::set<std::size_t> whole;
    std::map<std::int64_t, std::set<std::size_t>> slices;  // by coordinate
    for (std::size_t i = 0; i < unrolled_.instances.size(); ++i)
      for (const AccessId access : through_[unrolled_.instances[i].einsum.index()]) {
        const auto at = position ? coordinate(i, cascade_[access].indices[*position])
                                 : std::optional<std::int64_t>();
        if (at && !exists(cascade_[access].tensor, *position, *at)) continue;
        (at ? slices[*at] : whole).insert(i);
      }
    if (slices.empty()) return {{whole.begin(), whole.end()}};
    std::vector<std::vector<std::size_t>> found;
    for (auto& [at, instances] : slices) {
      instances.insert(whole.begin(), whole.end());
      found.emplace_back(instances.begin(), instances.end());
    }
    return found;
  }

 private:
  // The first position of the input at which some Einsum reads its own step, else a constant.
  std::optional<std::size_t> sliced_position() const {
    std::optional<std::size_t> constant;
    for (std::size_t e = 0; e < through_.size(); ++e)
      for (const AccessId access : through_[e])
        for (std::size_t p = 0; p < cascade_[access].indices.size(); ++p) {
          const IndexId index = cascade_[access].indices[p];
          if (steps(EinsumId(e), index)) return p;
          if (!constant && constant_coordinate(cascade_, index, unrolled_.sizes)) constant = p;
        }
    return constant;
  }

  // What lies outside of a rank is no slice that others could go through too.
  bool exists(TensorId tensor, std::size_t position, std::int64_t at) const {
    return at >= 0 && at < unrolled_.sizes[cascade_[tensor].ranks[position]];
  }

  bool steps(EinsumId id, IndexId index) const {
    const VarId variable = unrolled_.variable[id.index()];
    const auto shifted = as_shifted_variable(cascade_, index);
    return variable.valid() && shifted && shifted->variable == variable;
  }

  std::optional<std::int64_t> coordinate(std::size_t i, IndexId index) const {
    const Instance& instance = unrolled_.instances[i];
    if (const auto at = constant_coordinate(cascade_, index, unrolled_.sizes)) return at;
    if (!steps(instance.einsum, index)) return std::nullopt;
    std::int64_t at = 0;
    if (__builtin_add_overflow(instance.step, as_shifted_variable(cascade_, index)->offset, &at))
      return std::nullopt;
    return at;
  }

  const Cascade& cascade_;
  const Unrolled& unrolled_;
  const std::vector<std::vector<AccessId>>& through_;
};

}  // namespace

std::vector<std::vector<std::size_t>> read_slices(
    const Cascade& cascade, const Unrolled& unrolled,
    const std::vector<std::vector<AccessId>>& through) {
  return Slices(cascade, unrolled, through).run();
}

}  // namespace einfall::einsum
