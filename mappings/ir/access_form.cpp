#include "mappings/ir/access_form.hpp"

#include <algorithm>
#include <variant>

#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::mappings {
namespace {

void add_opaque(const einsum::Cascade& cascade, einsum::IndexId index, IndexForm& out) {
  for (const einsum::VarId var : variables_of(cascade, index))
    out.opaque.push_back(cascade[var].rank);
}

// A size polynomial that has no value within 64 bits was refused when sizes were bound; a
// coefficient this large then only widens a hull that is clipped to the extent anyway.
constexpr std::int64_t kHuge = std::int64_t{1} << 40;
std::int64_t value_of(const einsum::SizePoly& poly, const einsum::Sizes& sizes) {
  return std::clamp<std::int64_t>(poly.evaluate(sizes).value_or(kHuge), -kHuge, kHuge);
}

// `v // n` and `v % n` of a plain variable.
void add_quotient(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                  const einsum::DivMod& atom, std::int64_t coefficient, IndexForm& out) {
  const auto plain = as_shifted_variable(cascade, atom.numerator);
  const std::int64_t divisor = value_of(atom.divisor, sizes);
  if (!plain || plain->offset != 0 || divisor < 1) return add_opaque(cascade, atom.numerator, out);
  out.terms.push_back({cascade[plain->variable].rank, coefficient, divisor, atom.mod});
}

IndexForm index_form(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                     const einsum::Index& index) {
  IndexForm out;
  out.constant = value_of(index.constant, sizes);
  for (const einsum::IndexTerm& term : index.terms) {
    const std::int64_t coefficient = value_of(term.coefficient, sizes);
    std::visit(base::Overloaded{[&](einsum::VarId var) {
                                  out.terms.push_back({cascade[var].rank, coefficient, 1, false});
                                },
                                [&](einsum::AccessId gather) {
                                  for (const einsum::IndexId inner : cascade[gather].indices)
                                    add_opaque(cascade, inner, out);
                                },
                                [&](const einsum::DivMod& atom) {
                                  add_quotient(cascade, sizes, atom, coefficient, out);
                                }},
               term.atom);
  }
  return out;
}

}  // namespace

AccessForm access_form(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                       const einsum::Access& access) {
  AccessForm out;
  const einsum::Tensor& tensor = cascade[access.tensor];
  for (std::size_t i = 0; i < access.indices.size(); ++i) {
    IndexForm form = index_form(cascade, sizes, cascade[access.indices[i]]);
    form.extent = einsum::extent(cascade, tensor, i, sizes);
    out.indices.push_back(std::move(form));
  }
  return out;
}

bool has_digits(const einsum::Sizes& sizes, const IndexForm& form) {
  if (form.terms.size() < 2 || form.constant != 0 || form.state || !form.opaque.empty())
    return false;
  std::vector<TermForm> terms = form.terms;
  std::sort(terms.begin(), terms.end(),
            [](const TermForm& a, const TermForm& b) { return a.coefficient < b.coefficient; });
  std::int64_t below = 1;
  for (const TermForm& term : terms) {
    if (term.divisor != 1 || term.coefficient != below) return false;
    if (__builtin_mul_overflow(below, sizes[term.rank], &below)) return false;
  }
  return true;
}

}  // namespace einfall::mappings
