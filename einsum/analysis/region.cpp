#include "einsum/analysis/region.hpp"

#include <algorithm>
#include <numeric>

namespace einfall::einsum {
namespace {

using lattice::Box;
using lattice::Conjunction;
using lattice::Linear;
using lattice::Var;
using lattice::Wide;

constexpr std::size_t kMostConjunctions = 128;
constexpr std::size_t kMostConstraints = 256;
constexpr Wide kLargest = Wide{1} << 60;

void add(Conjunction& all, const Linear& linear) {
  if (std::find(all.begin(), all.end(), linear) == all.end()) all.push_back(linear);
}

// upper: a*v + u <= 0, lower: -b*v + l <= 0: together b*u + a*l <= 0. nullopt on overflow.
std::optional<Linear> combined(const Linear& upper, std::int64_t a, const Linear& lower,
                               std::int64_t b, Var v) {
  Linear sum;
  Wide constant = Wide{b} * upper.constant + Wide{a} * lower.constant;
  std::map<Var, Wide> terms;
  for (const auto& [w, coefficient] : upper.terms) terms[w] += Wide{b} * coefficient;
  for (const auto& [w, coefficient] : lower.terms) terms[w] += Wide{a} * coefficient;
  for (const auto& [w, coefficient] : terms) {
    if (w == v || coefficient == 0) continue;
    if (coefficient > kLargest || coefficient < -kLargest) return std::nullopt;
    sum.terms[w] = static_cast<std::int64_t>(coefficient);
  }
  if (constant > kLargest || constant < -kLargest) return std::nullopt;
  sum.constant = static_cast<std::int64_t>(constant);
  return sum;
}

struct Bound {
  Linear linear;
  std::int64_t coefficient = 1;
};

// v == something, written as two bounds with coefficient 1: then v is substituted, by pairing every
// other bound with one of the two.
bool keep_equality(std::vector<Bound>& upper, std::vector<Bound>& lower, Var v) {
  for (const Bound& high : upper)
    for (const Bound& low : lower) {
      if (high.coefficient != 1 || low.coefficient != 1) continue;
      const auto sum = combined(high.linear, 1, low.linear, 1, v);
      if (!sum || !sum->terms.empty() || sum->constant != 0) continue;
      const Bound equal_high = high, equal_low = low;
      std::rotate(
          upper.begin(),
          std::find_if(upper.begin(), upper.end(),
                       [&](const Bound& bound) { return bound.linear == equal_high.linear; }),
          upper.end());
      std::rotate(
          lower.begin(),
          std::find_if(lower.begin(), lower.end(),
                       [&](const Bound& bound) { return bound.linear == equal_low.linear; }),
          lower.end());
      return true;
    }
  return false;
}

// Whether a whole number lies between a lower bound with coefficient b and an upper one with
// coefficient a wherever `together`, b*u + a*l <= 0, leaves room for a number. With a or b 1 it
// does; else where b*u + a*l <= -(a - 1)*(b - 1) (the dark shadow: Pugh, The Omega Test, 1991).
bool whole_between(const Linear& together, std::int64_t a, std::int64_t b, const Box& box) {
  if (a == 1 || b == 1) return true;
  return lattice::most(together, box) <= -(Wide{a} - 1) * (Wide{b} - 1);
}

// One variable out of one conjunction; its range counts as two constraints.
Conjunction eliminate(const Conjunction& all, const Box& box, Var v, bool& exact) {
  Conjunction rest;
  std::vector<Bound> upper{{Linear{{{v, 1}}, -box[v].high}, 1}};
  std::vector<Bound> lower{{Linear{{{v, -1}}, box[v].low}, 1}};
  for (const Linear& linear : all) {
    const auto term = linear.terms.find(v);
    if (term == linear.terms.end())
      add(rest, linear);
    else if (term->second > 0)
      upper.push_back({linear, term->second});
    else
      lower.push_back({linear, -term->second});
  }
  const bool equality = keep_equality(upper, lower, v);
  for (std::size_t i = 0; i < upper.size(); ++i)
    for (std::size_t j = 0; j < lower.size(); ++j) {
      if (equality && i != 0 && j != 0) continue;
      const auto pair =
          combined(upper[i].linear, upper[i].coefficient, lower[j].linear, lower[j].coefficient, v);
      if (!pair || !whole_between(*pair, upper[i].coefficient, lower[j].coefficient, box))
        exact = false;
      if (pair && lattice::most(*pair, box) > 0) add(rest, *pair);
    }
  if (rest.size() > kMostConstraints) {
    exact = false;
    rest.clear();
  }
  return rest;
}

}  // namespace

Region Region::everything(Box box) {
  Region region;
  region.box = std::move(box);
  region.any = {{}};
  return region;
}

bool Region::is_everything() const {
  return exact && std::any_of(any.begin(), any.end(), [](const auto& all) { return all.empty(); });
}

bool Condition::is_always() const {
  return exact && std::any_of(any.begin(), any.end(), [](const auto& all) { return all.empty(); });
}

Condition both(const Condition& a, const Condition& b) {
  if ((a.exact && a.any.empty()) || (b.exact && b.any.empty())) return Condition::never();
  if (a.is_always()) return b;
  if (b.is_always()) return a;
  Condition result{{}, a.exact && b.exact};
  if (a.any.size() * b.any.size() > kMostConjunctions) return Condition::unknown();
  for (const Conjunction& left : a.any)
    for (const Conjunction& right : b.any) {
      Conjunction all = left;
      for (const Linear& linear : right) add(all, linear);
      result.any.push_back(std::move(all));
    }
  return result;
}

Condition either(Condition a, const Condition& b) {
  if (a.is_always() || b.is_always()) return Condition::always();
  a.exact = a.exact && b.exact;
  for (const Conjunction& all : b.any)
    if (std::find(a.any.begin(), a.any.end(), all) == a.any.end()) a.any.push_back(all);
  if (a.any.size() > kMostConjunctions) return Condition::unknown();
  return a;
}

Condition opposite(const Condition& a) {
  if (!a.exact) return Condition::unknown();
  Condition result = Condition::always();
  for (const Conjunction& all : a.any) {
    Condition broken = Condition::never();
    for (const Linear& linear : all) {
      const auto no = lattice::negated(linear);
      if (!no) return Condition::unknown();
      broken = either(std::move(broken), Condition{{{*no}}, true});
    }
    result = both(result, broken);
    if (!result.exact) return Condition::unknown();
  }
  return result;
}

Condition without(const Condition& condition, const Box& box, const std::vector<Var>& variables) {
  Condition result{{}, condition.exact};
  for (Conjunction all : condition.any) {
    bool exact = condition.exact;
    for (const Var v : variables) all = eliminate(all, box, v, exact);
    const bool empty = std::any_of(all.begin(), all.end(), [&](const Linear& linear) {
      return linear.terms.empty() && linear.constant > 0;
    });
    // An empty conjunction is everything only if nothing was dropped on the way to it.
    if (!empty) result = either(std::move(result), Condition{{std::move(all)}, exact});
  }
  return result;
}

}  // namespace einfall::einsum
