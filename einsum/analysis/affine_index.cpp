#include "einsum/analysis/affine_index.hpp"

#include <algorithm>

#include "base/floor_div.hpp"

namespace einfall::einsum {
namespace {

using lattice::Linear;
using lattice::Var;
using lattice::Wide;

constexpr Wide kLargest = Wide{1} << 60;

bool fits(Wide value) { return value <= kLargest && value >= -kLargest; }

Condition at_most_zero(const Linear& linear, const Region& region) {
  if (lattice::most(linear, region.box) <= 0) return Condition::always();
  if (lattice::least(linear, region.box) > 0) return Condition::never();
  return {{{linear}}, true};
}

Linear shifted(Linear linear, std::int64_t by) {
  linear.constant += by;
  return linear;
}

}  // namespace

std::optional<Linear> plus(const Linear& a, std::int64_t factor, const Linear& b) {
  Linear sum = a;
  const Wide constant = Wide{a.constant} + Wide{factor} * b.constant;
  if (!fits(constant)) return std::nullopt;
  sum.constant = static_cast<std::int64_t>(constant);
  for (const auto& [v, coefficient] : b.terms) {
    const Wide term = Wide{sum.terms[v]} + Wide{factor} * coefficient;
    if (!fits(term)) return std::nullopt;
    sum.terms[v] = static_cast<std::int64_t>(term);
    if (term == 0) sum.terms.erase(v);
  }
  return sum;
}

AffineIndices::AffineIndices(const Cascade& cascade, const Einsum& einsum, const Sizes& sizes,
                             Region& region)
    : cascade_(cascade), einsum_(einsum), sizes_(sizes), region_(region) {}

std::optional<AffineIndex> AffineIndices::lower(IndexId id) {
  const Index& index = cascade_[id];
  const auto constant = index.constant.evaluate(sizes_);
  if (!constant || !fits(*constant)) return std::nullopt;
  Linear value{{}, *constant};
  for (const IndexTerm& term : index.terms) {
    const auto coefficient = term.coefficient.evaluate(sizes_);
    if (!coefficient || !fits(*coefficient)) return std::nullopt;
    std::optional<Linear> atom;
    if (const auto* variable = std::get_if<VarId>(&term.atom)) {
      const auto place = std::find(einsum_.vars.begin(), einsum_.vars.end(), *variable);
      if (place == einsum_.vars.end()) return std::nullopt;
      atom = Linear{{{static_cast<Var>(place - einsum_.vars.begin()), 1}}, 0};
    } else if (const auto* division = std::get_if<DivMod>(&term.atom)) {
      atom = quotient(*division);
    }
    if (!atom) return std::nullopt;
    const auto sum = plus(value, *coefficient, *atom);
    if (!sum) return std::nullopt;
    value = *sum;
  }
  return AffineIndex{std::move(value)};
}

std::optional<Linear> AffineIndices::quotient(const DivMod& division) {
  const auto numerator = lower(division.numerator);
  const auto divisor = division.divisor.evaluate(sizes_);
  if (!numerator || !divisor || *divisor <= 0 || !fits(*divisor)) return std::nullopt;
  if (lattice::most(numerator->value, region_.box) > (Wide{1} << 41) ||
      lattice::least(numerator->value, region_.box) < -(Wide{1} << 41))
    return std::nullopt;
  const Linear whole{{{quotient_variable(numerator->value, *divisor), 1}}, 0};
  return division.mod ? plus(numerator->value, -*divisor, whole) : whole;
}

// A new variable q with divisor*q <= numerator <= divisor*q + divisor - 1, or the one that is
// already there for the same quotient.
Var AffineIndices::quotient_variable(const Linear& numerator, std::int64_t divisor) {
  const auto definition = [&](Var q) {
    Linear from_below{{{q, divisor}}, 0};
    return *plus(from_below, -1, numerator);
  };
  for (const Region::Quotient& known : region_.quotients) {
    const Linear wanted = definition(known.variable);
    if (std::find(region_.definitions.begin(), region_.definitions.end(), wanted) !=
        region_.definitions.end())
      return known.variable;
  }
  const Var q = region_.box.size();
  region_.box.push_back(
      {static_cast<std::int64_t>(base::floor_div(lattice::least(numerator, region_.box), divisor)),
       static_cast<std::int64_t>(base::floor_div(lattice::most(numerator, region_.box), divisor))});
  const Linear below = definition(q);
  Linear above;
  for (const auto& [v, coefficient] : below.terms) above.terms[v] = -coefficient;
  above.constant = -below.constant - (divisor - 1);
  region_.definitions.push_back(below);
  region_.definitions.push_back(above);
  Region::Quotient quotient{q, {}};
  for (const auto& [v, coefficient] : numerator.terms) quotient.of.push_back(v);
  region_.quotients.push_back(std::move(quotient));
  return q;
}

Condition AffineIndices::compare(const CompareCond& compare) {
  const auto lhs = lower(compare.lhs), rhs = lower(compare.rhs);
  if (!lhs || !rhs) return Condition::unknown();
  const auto less = plus(lhs->value, -1, rhs->value);
  const auto more = plus(rhs->value, -1, lhs->value);
  if (!less || !more) return Condition::unknown();
  const auto at_most = [&](const Linear& linear) { return at_most_zero(linear, region_); };
  switch (compare.op) {
    case CompareOp::kLe:
      return at_most(*less);
    case CompareOp::kLt:
      return at_most(shifted(*less, 1));
    case CompareOp::kGe:
      return at_most(*more);
    case CompareOp::kGt:
      return at_most(shifted(*more, 1));
    case CompareOp::kEq:
      return both(at_most(*less), at_most(*more));
    case CompareOp::kNe:
      return either(at_most(shifted(*less, 1)), at_most(shifted(*more, 1)));
  }
  return Condition::unknown();
}

Condition AffineIndices::in_range(const AffineIndex& index, std::int64_t extent) const {
  Linear negative;
  for (const auto& [v, coefficient] : index.value.terms) negative.terms[v] = -coefficient;
  negative.constant = -index.value.constant;
  return both(at_most_zero(negative, region_),
              at_most_zero(shifted(index.value, 1 - extent), region_));
}

}  // namespace einfall::einsum
