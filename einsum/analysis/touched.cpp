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

// `m // d` and `m % d` together name a different place for all values of m.
struct Half {
  VarId variable;
  SizePoly divisor;
  bool remainder = false;
};
std::optional<Half> half(const Cascade& cascade, IndexId id) {
  const Index& index = cascade[id];
  if (index.terms.size() != 1 || !index.constant.is_zero()) return std::nullopt;
  const IndexTerm& term = index.terms.front();
  const auto* division = std::get_if<DivMod>(&term.atom);
  if (division == nullptr || !(term.coefficient == SizePoly::constant(1))) return std::nullopt;
  const auto variable = as_shifted_variable(cascade, division->numerator);
  if (!variable || variable->offset != 0) return std::nullopt;
  return Half{variable->variable, division->divisor, division->mod};
}

// The variables of which both halves are there; nullopt if one lacks its other half.
std::optional<std::vector<VarId>> joined(const std::vector<Half>& halves) {
  std::vector<VarId> whole;
  for (const Half& one : halves) {
    const auto others = std::count_if(halves.begin(), halves.end(), [&](const Half& other) {
      return other.variable == one.variable && other.divisor == one.divisor &&
             other.remainder != one.remainder;
    });
    if (others != 1) return std::nullopt;
    if (!one.remainder) whole.push_back(one.variable);
  }
  return whole;
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
  std::vector<Half> halves;
  std::vector<IndexId> others;
  for (const IndexId index : cascade[access].indices)
    if (const auto one = half(cascade, index))
      halves.push_back(*one);
    else
      others.push_back(index);
  std::optional<std::vector<VarId>> variables = joined(halves);
  if (!variables) return std::nullopt;
  for (const IndexId index : others) {
    const auto mine = injective(cascade, index);
    if (!mine) return std::nullopt;
    for (const VarId variable : *mine) {
      if (std::count(variables->begin(), variables->end(), variable) > 0) return std::nullopt;
      variables->push_back(variable);
    }
  }
  return distinct(einsum, region, *variables);
}

}  // namespace einfall::einsum
