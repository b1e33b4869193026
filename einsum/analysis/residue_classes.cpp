#include "einsum/analysis/residue_classes.hpp"

#include <algorithm>
#include <numeric>

#include "base/floor_div.hpp"

namespace einfall::einsum {

using lattice::Conjunction;
using lattice::Count;
using lattice::Linear;
using lattice::Var;
using lattice::Wide;

namespace {

constexpr Wide kLargest = Wide{1} << 60;     // of a value
constexpr Wide kMostVisits = 24'000'000;     // of terms, in all classes together
constexpr Wide kMostEnumerated = 2'000'000;  // the same, if every point is a class of its own

bool fits(Wide value) { return value < kLargest && value > -kLargest; }

std::int64_t width(lattice::Range range) { return range.high - range.low + 1; }

}  // namespace

// One residue class while it is looked at.
struct ResidueClasses::Class {
  std::vector<std::int64_t> residues;  // by coordinate, from the low end of its range
  std::vector<std::int64_t> values;    // of coordinates and quotients at t = 0
  lattice::Box steps;                  // ranges of t
};

ResidueClasses::ResidueClasses(const Region& region)
    : box_(region.box.begin(),
           region.box.end() - static_cast<std::ptrdiff_t>(region.quotients.size())),
      used_(box_.size(), false),
      step_(box_.size(), 1),
      quotients_(region.quotients.size()) {}

std::optional<ResidueClasses> ResidueClasses::of(const Region& region) {
  if (region.quotients.size() > region.box.size()) return std::nullopt;
  ResidueClasses made(region);
  if (!made.define(region) || !made.choose_steps() || !made.small_enough()) return std::nullopt;
  return made;
}

// Pairs of definitions give the quotients; what else stands there holds in every conjunction.
bool ResidueClasses::define(const Region& region) {
  std::vector<bool> defined(quotients_.size(), false);
  Conjunction further;
  for (const Linear& linear : region.definitions) {
    if (linear.terms.empty()) {
      further.push_back(linear);
      continue;
    }
    const auto [v, coefficient] = *linear.terms.rbegin();
    Linear other;  // the other one of a pair, if the coefficient is the divisor
    for (const auto& [w, factor] : linear.terms) other.terms[w] = -factor;
    other.constant = -linear.constant - (std::abs(coefficient) - 1);
    const bool paired = v >= box_.size() &&
                        std::find(region.definitions.begin(), region.definitions.end(), other) !=
                            region.definitions.end();
    if (!paired) further.push_back(linear);
    if (!paired || coefficient < 0 || defined[v - box_.size()]) continue;
    Quotient& quotient = quotients_[v - box_.size()];
    for (const auto& [w, factor] : linear.terms)
      if (w != v) quotient.numerator.terms.push_back({w, -factor});
    quotient.numerator.constant = -linear.constant;
    quotient.divisor = coefficient;
    defined[v - box_.size()] = true;
  }
  return use(region, further) &&
         std::equal(defined.begin(), defined.end(), quotients_.begin(),
                    [](bool known, const Quotient& quotient) { return known || !quotient.used; });
}

// Numbers the constraints and finds what they need. False if a number is too large.
bool ResidueClasses::use(const Region& region, const Conjunction& further) {
  std::vector<Linear> known;
  for (Conjunction all : region.any) {
    all.insert(all.end(), further.begin(), further.end());
    any_.emplace_back();
    for (const Linear& linear : all) {
      const auto place = std::find(known.begin(), known.end(), linear);
      any_.back().push_back(static_cast<std::size_t>(place - known.begin()));
      if (place == known.end()) known.push_back(linear);
    }
  }
  const auto mark = [&](const Form& form) {
    for (const Term& term : form.terms)
      if (term.v < box_.size())
        used_[term.v] = true;
      else
        quotients_[term.v - box_.size()].used = true;
  };
  for (const Linear& linear : known) {
    Form form{{}, linear.constant, {}};
    for (const auto& [v, coefficient] : linear.terms) form.terms.push_back({v, coefficient});
    mark(form);
    constraints_.push_back(std::move(form));
  }
  for (std::size_t q = quotients_.size(); q-- > 0;)
    if (quotients_[q].used) mark(quotients_[q].numerator);
  // Values: every coordinate and quotient stays below 2^60, and so does every form of them.
  std::vector<Wide> largest;
  for (const lattice::Range range : box_)
    largest.push_back(std::max(Wide{range.high}, -Wide{range.low}));
  const auto size_of = [&](const Form& form) {
    Wide sum = form.constant < 0 ? -Wide{form.constant} : Wide{form.constant};
    for (const Term& term : form.terms) {
      if (largest[term.v] > kLargest || sum > kLargest) return kLargest;
      sum += (term.coefficient < 0 ? -Wide{term.coefficient} : Wide{term.coefficient}) *
             largest[term.v];
    }
    return std::min(sum, kLargest);
  };
  for (const Quotient& quotient : quotients_)
    largest.push_back(quotient.used ? size_of(quotient.numerator) : 0);
  return std::all_of(largest.begin(), largest.end(), fits) &&
         std::all_of(constraints_.begin(), constraints_.end(),
                     [&](const Form& form) { return fits(size_of(form)); });
}

// Slopes of a form over t, from those of its quotients. False if one is too large.
bool ResidueClasses::slope(Form& form) const {
  form.slopes.assign(box_.size(), 0);
  for (Var v = 0; v < box_.size(); ++v) {
    Wide sum = 0;
    for (const Term& term : form.terms) {
      Wide own = term.v == v ? step_[v] : 0;
      if (term.v >= box_.size()) {
        const Quotient& inner = quotients_[term.v - box_.size()];
        own = inner.numerator.slopes[v] / inner.divisor;
      }
      sum += Wide{term.coefficient} * own;
      if (!fits(sum)) return false;
    }
    if (step_[v] < width(box_[v])) form.slopes[v] = static_cast<std::int64_t>(sum);
  }
  return true;
}

// Makes the steps multiples of what the quotient needs to be affine. True if one has changed.
bool ResidueClasses::lengthen(const Quotient& quotient) {
  bool changed = false;
  for (Var v = 0; v < box_.size(); ++v) {
    const std::int64_t shared = std::gcd(quotient.numerator.slopes[v], quotient.divisor);
    if (shared == quotient.divisor) continue;
    const Wide longer = Wide{step_[v]} * (quotient.divisor / shared);
    step_[v] = static_cast<std::int64_t>(std::min(longer, Wide{width(box_[v])}));
    changed = true;
  }
  return changed;
}

bool ResidueClasses::set_slopes() {
  for (Quotient& quotient : quotients_)
    if (quotient.used && !slope(quotient.numerator)) return false;
  return std::all_of(constraints_.begin(), constraints_.end(),
                     [&](Form& form) { return slope(form); });
}

bool ResidueClasses::choose_steps() {
  for (std::size_t q = 0; q < quotients_.size(); ++q) {
    if (!quotients_[q].used) continue;
    if (!slope(quotients_[q].numerator)) return false;
    if (!lengthen(quotients_[q])) continue;
    for (std::size_t p = 0; p <= q; ++p)
      if (quotients_[p].used && !slope(quotients_[p].numerator)) return false;
  }
  return set_slopes();
}

// Of every point by itself, if that is little work and classes would leave something to count.
bool ResidueClasses::small_enough() {
  const bool decided = std::all_of(constraints_.begin(), constraints_.end(), [](const Form& form) {
    return std::all_of(form.slopes.begin(), form.slopes.end(), [](auto s) { return s == 0; });
  });
  if (decided) return visits() <= kMostVisits;
  const std::vector<std::int64_t> steps = step_;
  for (Var v = 0; v < box_.size(); ++v)
    if (used_[v]) step_[v] = width(box_[v]);
  if (visits() <= kMostEnumerated) return set_slopes();
  step_ = steps;
  return visits() <= kMostVisits;
}

Wide ResidueClasses::visits() const {
  Wide each = static_cast<Wide>(box_.size());
  for (const Quotient& quotient : quotients_)
    if (quotient.used) each += static_cast<Wide>(quotient.numerator.terms.size()) + 2;
  for (const Form& form : constraints_)
    each += static_cast<Wide>(form.terms.size() + form.slopes.size());
  for (const auto& all : any_) each += static_cast<Wide>(all.size());
  for (Var v = 0; v < box_.size(); ++v)
    if (each <= kMostVisits) each *= std::min(step_[v], width(box_[v]));
  return each;
}

std::int64_t ResidueClasses::value(const Form& form, const std::vector<std::int64_t>& at) const {
  std::int64_t sum = form.constant;
  for (const Term& term : form.terms) sum += term.coefficient * at[term.v];
  return sum;
}

bool ResidueClasses::next(std::vector<std::int64_t>& residues) const {
  for (Var v = 0; v < box_.size(); ++v) {
    if (++residues[v] < std::min(step_[v], width(box_[v]))) return true;
    residues[v] = 0;
  }
  return false;
}

void ResidueClasses::enter(Class& here) const {
  for (Var v = 0; v < box_.size(); ++v) {
    here.values[v] = box_[v].low + here.residues[v];
    here.steps[v] = {0, (width(box_[v]) - 1 - here.residues[v]) / step_[v]};
  }
  for (std::size_t q = 0; q < quotients_.size(); ++q)
    if (quotients_[q].used)
      here.values[box_.size() + q] =
          base::floor_div(value(quotients_[q].numerator, here.values), quotients_[q].divisor);
}

// What is left of each conjunction over t: nothing where it holds throughout.
Count ResidueClasses::points(Class& here, lattice::Work& work) const {
  std::vector<signed char> holds(constraints_.size(), 0);  // 1 everywhere, -1 nowhere
  std::vector<std::int64_t> constants(constraints_.size());
  for (std::size_t c = 0; c < constraints_.size(); ++c) {
    constants[c] = value(constraints_[c], here.values);
    Wide least = constants[c], most = constants[c];
    for (Var v = 0; v < box_.size(); ++v) {
      const Wide reach = Wide{constraints_[c].slopes[v]} * here.steps[v].high;
      (reach < 0 ? least : most) += reach;
    }
    holds[c] = most <= 0 ? 1 : least > 0 ? -1 : 0;
  }
  std::vector<Conjunction> left;
  for (const auto& all : any_) {
    if (std::any_of(all.begin(), all.end(), [&](std::size_t c) { return holds[c] < 0; })) continue;
    left.emplace_back();
    for (const std::size_t c : all) {
      if (holds[c] > 0) continue;
      Linear linear{{}, constants[c]};
      for (Var v = 0; v < box_.size(); ++v)
        if (constraints_[c].slopes[v] != 0) linear.terms[v] = constraints_[c].slopes[v];
      left.back().push_back(std::move(linear));
    }
    if (left.back().empty()) return {lattice::size_of(here.steps), true};
  }
  return left.empty() ? Count{0, true} : lattice::count_union(left, here.steps, work);
}

Count ResidueClasses::count(lattice::Work& work) const {
  if (lattice::size_of(box_) == 0) return {0, true};
  Class here{std::vector<std::int64_t>(box_.size(), 0),
             std::vector<std::int64_t>(box_.size() + quotients_.size(), 0),
             lattice::Box(box_.size())};
  Count total;
  do {
    enter(here);
    const Count part = points(here, work);
    total.points = std::min(total.points + part.points, lattice::kTooMany);
    total.exact = total.exact && part.exact;
  } while (next(here.residues));
  return total;
}

}  // namespace einfall::einsum
