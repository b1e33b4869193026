#include "einsum/language/index_math.hpp"

#include <algorithm>

#include "einsum/language/limits.hpp"

namespace einfall::einsum {
namespace {

bool equal_atoms(const IndexTerm& a, const IndexTerm& b) {
  if (a.atom.index() != b.atom.index()) return false;
  if (const auto* variable = std::get_if<VarId>(&a.atom))
    return *variable == std::get<VarId>(b.atom);
  if (const auto* gather = std::get_if<AccessId>(&a.atom))
    return *gather == std::get<AccessId>(b.atom);
  const auto& x = std::get<DivMod>(a.atom);
  const auto& y = std::get<DivMod>(b.atom);
  return x.mod == y.mod && x.numerator == y.numerator && x.divisor == y.divisor;
}

// Sum of the coefficients' magnitudes: never grows faster than the polynomials' own arithmetic, so
// bounding it keeps every coefficient exact.
double magnitude(const SizePoly& poly) {
  double sum = 0;
  for (const auto& [monomial, coefficient] : poly.terms())
    sum += std::abs(static_cast<double>(coefficient));
  return sum;
}

std::size_t degree(const SizePoly& poly) {
  std::size_t most = 0;
  for (const auto& [monomial, coefficient] : poly.terms()) most = std::max(most, monomial.size());
  return most;
}

constexpr double kMagnitude = static_cast<double>(limits::kPolyCoefficients);

}  // namespace

Index constant_index(SizePoly value, base::SourceSpan span) {
  return Index{{}, std::move(value), std::move(span)};
}

Index variable_index(VarId variable, base::SourceSpan span) {
  return Index{{IndexTerm{SizePoly::constant(1), variable}}, {}, std::move(span)};
}

std::optional<SizePoly> bounded_sum(const SizePoly& a, const SizePoly& b) {
  if (magnitude(a) + magnitude(b) > kMagnitude) return std::nullopt;
  SizePoly sum = a + b;
  if (sum.terms().size() > limits::kPolyTerms) return std::nullopt;
  return sum;
}

std::optional<SizePoly> bounded_product(const SizePoly& a, const SizePoly& b) {
  if (magnitude(a) * magnitude(b) > kMagnitude || degree(a) + degree(b) > limits::kPolyDegree)
    return std::nullopt;
  SizePoly product = a * b;
  if (product.terms().size() > limits::kPolyTerms) return std::nullopt;
  return product;
}

std::optional<Index> add(const Index& a, const Index& b) {
  Index sum = a;
  const auto constant = bounded_sum(a.constant, b.constant);
  if (!constant) return std::nullopt;
  sum.constant = *constant;
  for (const IndexTerm& term : b.terms) {
    const auto place = std::find_if(sum.terms.begin(), sum.terms.end(),
                                    [&](const IndexTerm& t) { return equal_atoms(t, term); });
    if (place == sum.terms.end()) {
      sum.terms.push_back(term);
      continue;
    }
    const auto coefficient = bounded_sum(place->coefficient, term.coefficient);
    if (!coefficient) return std::nullopt;
    place->coefficient = *coefficient;
    if (coefficient->is_zero()) sum.terms.erase(place);
  }
  if (sum.terms.size() > limits::kPolyTerms) return std::nullopt;
  return sum;
}

std::optional<Index> scale(const Index& a, const SizePoly& factor) {
  Index product{{}, {}, a.span};
  const auto constant = bounded_product(a.constant, factor);
  if (!constant) return std::nullopt;
  product.constant = *constant;
  for (const IndexTerm& term : a.terms) {
    const auto coefficient = bounded_product(term.coefficient, factor);
    if (!coefficient) return std::nullopt;
    if (!coefficient->is_zero()) product.terms.push_back({*coefficient, term.atom});
  }
  return product;
}

bool has_atoms_of(const Index& index, const Index& other) {
  return std::all_of(other.terms.begin(), other.terms.end(), [&](const IndexTerm& term) {
    return std::any_of(index.terms.begin(), index.terms.end(),
                       [&](const IndexTerm& own) { return equal_atoms(own, term); });
  });
}

}  // namespace einfall::einsum
