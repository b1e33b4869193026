#include "einsum/eval/index_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "base/floor_div.hpp"

namespace einfall::einsum::eval {
namespace {

__extension__ using Wide = __int128;

// Two indices can still be subtracted, and a strip added, without overflow.
constexpr Wide kIndexLimit = Wide{1} << 61;

std::int64_t wrapping_mul(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

void add_term(std::vector<Term>& terms, std::uint32_t which, std::int64_t coefficient) {
  const auto same =
      std::find_if(terms.begin(), terms.end(), [&](const Term& t) { return t.which == which; });
  if (same == terms.end())
    terms.push_back({which, coefficient});
  else
    same->coefficient = wrapping_add(same->coefficient, coefficient);
  std::erase_if(terms, [](const Term& t) { return t.coefficient == 0; });
}

/// into += factor * plan.
void add_scaled(const IndexPlan& plan, std::int64_t factor, IndexPlan& into) {
  into.constant = wrapping_add(into.constant, wrapping_mul(plan.constant, factor));
  into.stride = wrapping_add(into.stride, wrapping_mul(plan.stride, factor));
  for (const Term& t : plan.variables)
    add_term(into.variables, t.which, wrapping_mul(t.coefficient, factor));
  for (const Term& t : plan.atoms)
    add_term(into.atoms, t.which, wrapping_mul(t.coefficient, factor));
  into.varying = into.varying || plan.varying;
  into.may_be_absent = into.may_be_absent || plan.may_be_absent;
}

}  // namespace

AddressPlanner::AddressPlanner(const Cascade& cascade, const Sizes& sizes,
                               const std::vector<Layout>& layouts,
                               const std::vector<bool>& has_presence, const SlotTable& slots)
    : cascade_(cascade),
      sizes_(sizes),
      layouts_(layouts),
      has_presence_(has_presence),
      slots_(slots) {}

std::int64_t AddressPlanner::value(const SizePoly& poly, const base::SourceSpan& span) {
  const auto result = poly.evaluate(sizes_);
  if (!result && !trouble)
    trouble = base::error("E601", span, "for these sizes a factor of this index exceeds 64 bits",
                          "choose smaller rank sizes");
  return result.value_or(0);
}

Bounds AddressPlanner::atom_bounds(std::uint32_t number) const {
  const AtomPlan& atom = plans.atoms[number];
  if (atom.kind == AtomPlan::Kind::kGather) return {-kLargestGathered, kLargestGathered};
  if (atom.kind == AtomPlan::Kind::kRemainder) return {0, atom.divisor - 1};
  const Bounds& numerator = plans.indices[atom.source].bounds;
  return {base::floor_div(numerator.low, atom.divisor),
          base::floor_div(numerator.high, atom.divisor)};
}

void AddressPlanner::finish(IndexPlan& plan, const base::SourceSpan& span) {
  Wide low = plan.constant, high = plan.constant;
  const auto widen = [&](std::int64_t coefficient, Bounds bounds) {
    const Wide a = Wide{coefficient} * bounds.low, b = Wide{coefficient} * bounds.high;
    low += std::min(a, b);
    high += std::max(a, b);
  };
  widen(plan.stride, {0, slots_.extents[slots_.strip] - 1});
  for (const Term& t : plan.variables) widen(t.coefficient, {0, slots_.extents[t.which] - 1});
  for (const Term& t : plan.atoms) widen(t.coefficient, atom_bounds(t.which));
  if (low < -kIndexLimit || high > kIndexLimit) {
    if (!trouble)
      trouble = base::error("E601", span, "for these sizes this index may exceed 61 bits",
                            "choose smaller rank sizes");
    low = high = 0;
  }
  plan.bounds = {static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)};
}

std::uint32_t AddressPlanner::atom(const IndexTerm& term, const base::SourceSpan& span) {
  AtomPlan made;
  if (const auto* gathered = std::get_if<AccessId>(&term.atom)) {
    made.kind = AtomPlan::Kind::kGather;
    made.source = plan(*gathered);
    const AccessPlan& source = plans.accesses[made.source];
    made.varying =
        source.varying() || source.address.stride != 0 ||
        std::any_of(source.coordinates.begin(), source.coordinates.end(),
                    [&](const Coordinate& c) { return plans.indices[c.index].stride != 0; });
  } else {
    const DivMod& division = std::get<DivMod>(term.atom);
    made.kind = division.mod ? AtomPlan::Kind::kRemainder : AtomPlan::Kind::kQuotient;
    made.source = plan(division.numerator);
    made.divisor = value(division.divisor, span);
    if (trouble) made.divisor = 1;
    EINFALL_ENSURE(made.divisor > 0, "sizes are bound with positive divisors");
    const IndexPlan& source = plans.indices[made.source];
    made.varying = source.varying || source.stride != 0;
  }
  const auto known = std::find_if(plans.atoms.begin(), plans.atoms.end(), [&](const AtomPlan& a) {
    return a.kind == made.kind && a.source == made.source && a.divisor == made.divisor;
  });
  if (known != plans.atoms.end()) return static_cast<std::uint32_t>(known - plans.atoms.begin());
  plans.atoms.push_back(made);
  return static_cast<std::uint32_t>(plans.atoms.size() - 1);
}

void AddressPlanner::add_atom(const IndexTerm& term, std::int64_t coefficient,
                              const base::SourceSpan& span, IndexPlan& into) {
  const std::uint32_t number = atom(term, span);
  const AtomPlan& made = plans.atoms[number];
  add_term(into.atoms, number, coefficient);
  into.varying = into.varying || made.varying;
  into.may_be_absent = into.may_be_absent || (made.kind == AtomPlan::Kind::kGather
                                                  ? plans.accesses[made.source].may_be_absent()
                                                  : plans.indices[made.source].may_be_absent);
}

std::uint32_t AddressPlanner::plan(IndexId id) {
  if (const auto known = planned_indices_.find(id); known != planned_indices_.end())
    return known->second;
  const Index& index = cascade_[id];
  IndexPlan made;
  made.constant = value(index.constant, index.span);
  for (const IndexTerm& term : index.terms) {
    const std::int64_t coefficient = value(term.coefficient, index.span);
    if (coefficient == 0) continue;
    if (const auto* variable = std::get_if<VarId>(&term.atom)) {
      const auto slot = slots_.slot_of.find(*variable);
      EINFALL_ENSURE(slot != slots_.slot_of.end(), "a variable outside the iteration space");
      if (slot->second == slots_.strip)
        made.stride = wrapping_add(made.stride, coefficient);
      else
        add_term(made.variables, slot->second, coefficient);
    } else {
      add_atom(term, coefficient, index.span, made);
    }
  }
  finish(made, index.span);
  plans.indices.push_back(std::move(made));
  const auto number = static_cast<std::uint32_t>(plans.indices.size() - 1);
  planned_indices_.emplace(id, number);
  return number;
}

std::uint32_t AddressPlanner::difference(IndexId lhs, IndexId rhs) {
  IndexPlan made;
  const std::uint32_t left = plan(lhs), right = plan(rhs);
  add_scaled(plans.indices[left], 1, made);
  add_scaled(plans.indices[right], -1, made);
  finish(made, cascade_[lhs].span);
  plans.indices.push_back(std::move(made));
  return static_cast<std::uint32_t>(plans.indices.size() - 1);
}

std::uint32_t AddressPlanner::plan(AccessId id) {
  if (const auto known = planned_accesses_.find(id); known != planned_accesses_.end())
    return known->second;
  const Access& access = cascade_[id];
  const Layout& layout = layouts_[access.tensor.index()];
  EINFALL_ENSURE(access.indices.size() == layout.shape.size(), "an access of the wrong rank");
  AccessPlan made;
  made.access = id;
  made.tensor = access.tensor;
  made.has_presence = has_presence_[access.tensor.index()];
  for (std::size_t i = 0; i < access.indices.size(); ++i) {
    const std::uint32_t number = plan(access.indices[i]);
    const IndexPlan& index = plans.indices[number];
    const bool checked = index.bounds.low < 0 || index.bounds.high >= layout.shape[i];
    made.in_range = made.in_range && !checked;
    made.coordinates.push_back({number, layout.shape[i], checked});
    add_scaled(index, layout.strides[i], made.address);
  }
  plans.accesses.push_back(std::move(made));
  const auto number = static_cast<std::uint32_t>(plans.accesses.size() - 1);
  planned_accesses_.emplace(id, number);
  return number;
}

}  // namespace einfall::einsum::eval
