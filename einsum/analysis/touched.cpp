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

// `m // d` or `m % d`, or a multiple; both together name a different place for all values of m.
struct Half {
  VarId variable;
  SizePoly divisor;
  bool remainder = false;
};
std::optional<Half> half(const Cascade& cascade, IndexId id) {
  const Index& index = cascade[id];
  if (index.terms.size() != 1) return std::nullopt;
  const IndexTerm& term = index.terms.front();
  const auto* division = std::get_if<DivMod>(&term.atom);
  if (division == nullptr || term.coefficient.as_constant().value_or(0) == 0) return std::nullopt;
  const auto variable = as_shifted_variable(cascade, division->numerator);
  if (!variable || variable->offset != 0) return std::nullopt;
  return Half{variable->variable, division->divisor, division->mod};
}

// The variables of `q + s`.
std::optional<std::vector<VarId>> window(const Cascade& cascade, IndexId id) {
  std::vector<VarId> found;
  for (const IndexTerm& term : cascade[id].terms) {
    const auto* variable = std::get_if<VarId>(&term.atom);
    if (variable == nullptr || !(term.coefficient == SizePoly::constant(1))) return std::nullopt;
    found.push_back(*variable);
  }
  return found;
}

bool has_other_half(const std::vector<Half>& halves, const Half& one) {
  return std::count_if(halves.begin(), halves.end(), [&](const Half& other) {
           return other.variable == one.variable && other.divisor == one.divisor &&
                  other.remainder != one.remainder;
         }) == 1;
}

bool contains(const std::vector<VarId>& variables, VarId variable) {
  return std::count(variables.begin(), variables.end(), variable) > 0;
}

// What an access goes through: different places for all values of some variables, and for each
// value that a half of another one takes, or a sum of others.
struct Places {
  std::vector<VarId> variables;
  std::vector<Half> lone;
  std::vector<std::vector<VarId>> windows;
};
std::optional<Places> places_of(const Cascade& cascade, AccessId access) {
  Places found;
  std::vector<Half> halves;
  std::vector<IndexId> others;
  for (const IndexId index : cascade[access].indices)
    if (const auto one = half(cascade, index))
      halves.push_back(*one);
    else
      others.push_back(index);
  for (const Half& one : halves)
    if (has_other_half(halves, one) && !one.remainder) found.variables.push_back(one.variable);
  std::vector<VarId> seen = found.variables;
  for (const IndexId index : others) {
    const auto mine = injective(cascade, index);
    const auto sum = mine ? mine : window(cascade, index);
    if (!sum) return std::nullopt;
    for (const VarId variable : *sum) {
      if (contains(seen, variable)) return std::nullopt;
      seen.push_back(variable);
      if (mine) found.variables.push_back(variable);
    }
    if (!mine) found.windows.push_back(*sum);
  }
  for (const Half& one : halves) {
    if (has_other_half(halves, one) || contains(found.variables, one.variable)) continue;
    if (contains(seen, one.variable)) return std::nullopt;
    for (const Half& other : found.lone)
      if (other.variable == one.variable) return std::nullopt;
    found.lone.push_back(one);
  }
  return found;
}

// All values of the variable occur with all of the others: no condition depends on it.
bool is_free(const Region& region, lattice::Var variable) {
  std::vector<bool> dependent(region.box.size(), false);
  dependent[variable] = true;
  for (const Region::Quotient& quotient : region.quotients)
    if (std::count(quotient.of.begin(), quotient.of.end(), variable) > 0)
      dependent[quotient.variable] = true;
  const auto always = [&](const lattice::Linear& linear) {
    return lattice::most(linear, region.box) <= 0 ||
           std::any_of(region.definitions.begin(), region.definitions.end(),
                       [&](const lattice::Linear& known) {
                         return known.terms == linear.terms && known.constant >= linear.constant;
                       });
  };
  for (const lattice::Conjunction& all : region.any)
    for (const lattice::Linear& linear : all)
      for (const auto& [v, coefficient] : linear.terms)
        if (dependent[v] && !always(linear)) return false;
  return true;
}

// Values that a half takes, if nothing restricts its variable.
std::optional<std::int64_t> values(const Einsum& einsum, const Region& region, const Half& half,
                                   const Sizes& sizes) {
  const auto place = std::find(einsum.vars.begin(), einsum.vars.end(), half.variable);
  const auto divisor = half.divisor.evaluate(sizes);
  if (place == einsum.vars.end() || !divisor || *divisor <= 0) return std::nullopt;
  const auto variable = static_cast<lattice::Var>(place - einsum.vars.begin());
  const lattice::Range range = region.box[variable];
  if (range.low < 0 || range.low > range.high || !is_free(region, variable)) return std::nullopt;
  if (half.remainder) return std::min(*divisor, range.high - range.low + 1);
  return range.high / *divisor - range.low / *divisor + 1;
}

// Values that the sum of some variables takes, if nothing restricts them: without gaps.
std::optional<std::int64_t> values(const Einsum& einsum, const Region& region,
                                   const std::vector<VarId>& sum) {
  std::int64_t count = 1;
  for (const VarId variable : sum) {
    const auto place = std::find(einsum.vars.begin(), einsum.vars.end(), variable);
    if (place == einsum.vars.end()) return std::nullopt;
    const auto of = static_cast<lattice::Var>(place - einsum.vars.begin());
    const lattice::Range range = region.box[of];
    if (range.low > range.high || !is_free(region, of) ||
        __builtin_add_overflow(count, range.high - range.low, &count))
      return std::nullopt;
  }
  return count;
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
                                    const Region& region, AccessId access, const Sizes& sizes) {
  const auto places = places_of(cascade, access);
  if (!places) return std::nullopt;
  std::optional<std::int64_t> count = distinct(einsum, region, places->variables);
  const auto times = [&](std::optional<std::int64_t> more) {
    if (!count || !more || __builtin_mul_overflow(*count, *more, &*count)) count.reset();
  };
  for (const Half& half : places->lone) times(values(einsum, region, half, sizes));
  for (const std::vector<VarId>& sum : places->windows) times(values(einsum, region, sum));
  return count;
}

}  // namespace einfall::einsum
