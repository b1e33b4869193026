#include <algorithm>

#include "einsum/analysis/lattice.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/overlap.hpp"

namespace einfall::mappings {
namespace {

using einsum::lattice::Wide;

// What one variable (or its quotient or remainder) takes on while the free parts of its rank run.
struct Range {
  std::int64_t values = 1;  // how many different ones
  std::int64_t span = 0;    // largest less smallest
};

Range range_of(const BoundMapping& bound, const TermForm& term, PartSet free) {
  Range range;
  const std::int64_t divisor = term.divisor;
  for (const PartId id : bound.rank_parts[term.rank.index()]) {
    if (!free.has(id)) continue;
    const BoundPart& part = bound[id];
    const std::int64_t reach = saturating_mul(part.stride, part.trips - 1);
    std::int64_t values = part.trips;
    std::int64_t span = reach;
    if (divisor > 1 && term.remainder) {
      if (part.stride % divisor == 0)
        values = 1, span = 0;
      else
        values = std::min(values, divisor), span = std::min(reach, divisor - 1);
    } else if (divisor > 1) {
      span = reach / divisor;
      if (part.stride < divisor) values = span + 1;
    }
    range.values = saturating_mul(range.values, values);
    range.span += std::min(span, std::int64_t{1} << 41);
  }
  const std::int64_t size = bound.sizes[term.rank];
  std::int64_t most = size;
  if (divisor > 1) most = term.remainder ? std::min(divisor, size) : base::ceil_div(size, divisor);
  return {std::min(range.values, most), std::min(range.span, most - 1)};
}

std::int64_t coordinates(const BoundMapping& bound, const IndexForm& form, PartSet free,
                         const Shift& shift = {}) {
  if (form.state) return 1;
  std::int64_t values = 1;
  std::int64_t hull = 1;
  for (const TermForm& term : form.terms) {
    const Range range = range_of(bound, term, free);
    values = saturating_mul(values, range.values);
    // Clipped before it is added: extents are below 2^41, so that the sum stays in range.
    hull += std::min(saturating_mul(magnitude(term), range.span), form.extent);
  }
  hull += std::min(shift.spread, form.extent);
  values = saturating_mul(values, shift.count);
  std::int64_t opaque = 1;
  for (const einsum::RankId rank : form.opaque)
    opaque = saturating_mul(opaque, range_of(bound, {rank, 1, 1, false}, free).values);
  return std::min(saturating_mul(std::min(values, hull), opaque), form.extent);
}

// No step of this part changes the term: it stays inside one quotient, or moves by whole divisors.
bool invisible(const BoundPart& part, const TermForm& term) {
  if (term.divisor <= 1) return false;
  if (term.remainder) return part.stride % term.divisor == 0;
  return term.divisor % saturating_mul(part.stride, part.trips) == 0;
}

}  // namespace

std::int64_t coordinates_within(const BoundMapping& bound, const IndexForm& form,
                                const RankRanges& ranges) {
  const bool plain =
      form.opaque.empty() && std::all_of(form.terms.begin(), form.terms.end(),
                                         [](const TermForm& term) { return term.divisor <= 1; });
  if (!plain) {
    PartSet all;
    for (std::size_t p = 0; p < bound.parts.size(); ++p) all.insert(PartId(p));
    return coordinates(bound, form, all);
  }
  std::int64_t values = 1;
  Wide low = form.constant, high = form.constant;
  for (const TermForm& term : form.terms) {
    const auto& [first, end] = ranges[term.rank.index()];
    const Wide factor = term.coefficient;
    values = saturating_mul(values, end - first);
    low += factor * (factor < 0 ? end - 1 : first);
    high += factor * (factor < 0 ? first : end - 1);
  }
  low = std::max<Wide>(low, 0);
  high = std::min<Wide>(high, form.extent - 1);
  return std::min(values, static_cast<std::int64_t>(std::max<Wide>(high - low + 1, 0)));
}

std::int64_t coordinates_of(const BoundMapping& bound, const IndexForm& form, PartSet free) {
  return coordinates(bound, form, free);
}

std::int64_t elements_within(const BoundMapping& bound, einsum::AccessId access,
                             const RankRanges& ranges) {
  std::int64_t product = 1;
  for (const IndexForm& form : bound.forms[access.index()].indices)
    product = saturating_mul(product, form.state ? 1 : coordinates_within(bound, form, ranges));
  return product;
}

std::int64_t elements(const BoundMapping& bound, einsum::AccessId access, PartSet free,
                      const std::vector<Shift>& apart) {
  const std::vector<IndexForm>& indices = bound.forms[access.index()].indices;
  std::int64_t product = 1;
  for (std::size_t i = 0; i < indices.size(); ++i)
    product = saturating_mul(product, coordinates(bound, indices[i], free, apart[i]));
  return product;
}

std::int64_t elements(const BoundMapping& bound, einsum::AccessId access, PartSet free) {
  std::int64_t product = 1;
  for (const IndexForm& form : bound.forms[access.index()].indices)
    product = saturating_mul(product, coordinates(bound, form, free));
  return product;
}

PartSet relevant_parts(const BoundMapping& bound, const IndexForm& form) {
  PartSet relevant;
  for (const TermForm& term : form.terms)
    for (const PartId part : bound.rank_parts[term.rank.index()])
      if (!invisible(bound[part], term)) relevant.insert(part);
  for (const einsum::RankId rank : form.opaque)
    for (const PartId part : bound.rank_parts[rank.index()]) relevant.insert(part);
  return relevant;
}

PartSet relevant_parts(const BoundMapping& bound, einsum::AccessId access) {
  PartSet relevant;
  for (const IndexForm& form : bound.forms[access.index()].indices)
    relevant = relevant | relevant_parts(bound, form);
  return relevant;
}

}  // namespace einfall::mappings
