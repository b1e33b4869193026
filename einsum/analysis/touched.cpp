#include "einsum/analysis/touched.hpp"

#include <algorithm>
#include <limits>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// The variables of an index that names a different coordinate for all their values.
std::optional<std::vector<VarId>> injective(const Cascade& cascade, IndexId index) {
  if (cascade[index].terms.empty()) return std::vector<VarId>{};
  if (const auto shifted = as_shifted_variable(cascade, index))
    return std::vector<VarId>{shifted->variable};
  if (const auto split = as_split(cascade, index))
    return std::vector<VarId>{split->outer, split->inner};
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> distinct(const Einsum& einsum, const Region& region,
                                     const std::vector<VarId>& variables) {
  if (!region.exact) return std::nullopt;
  std::vector<lattice::Var> gone;
  lattice::Box box = region.box;
  for (lattice::Var v = 0; v < box.size(); ++v) {
    const bool kept = v < einsum.vars.size() &&
                      std::count(variables.begin(), variables.end(), einsum.vars[v]) > 0;
    if (kept) continue;
    gone.push_back(v);
    box[v] = {0, 0};
  }
  Condition condition{region.any, true};
  condition = both(condition, Condition{{region.definitions}, true});
  condition = without(condition, region.box, gone);
  if (!condition.exact) return std::nullopt;
  lattice::Work work;
  const lattice::Count count = lattice::count_union(condition.any, box, work);
  if (!count.exact || count.points > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(count.points);
}

std::optional<std::int64_t> touched(const Cascade& cascade, const Einsum& einsum,
                                    const Region& region, AccessId access) {
  std::vector<VarId> variables;
  for (const IndexId index : cascade[access].indices) {
    const auto mine = injective(cascade, index);
    if (!mine) return std::nullopt;
    for (const VarId variable : *mine) {
      if (std::count(variables.begin(), variables.end(), variable) > 0) return std::nullopt;
      variables.push_back(variable);
    }
  }
  return distinct(einsum, region, variables);
}

}  // namespace einfall::einsum
