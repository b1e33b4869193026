#pragma once

#include <optional>

#include "einsum/ir/cascade.hpp"

/// Arithmetic on affine indices, kept canonical: equal atoms merged, zero terms dropped, terms in
/// the order of their first occurrence. nullopt where the result would go over limits.hpp.
namespace einfall::einsum {

[[nodiscard]] Index constant_index(SizePoly value, base::SourceSpan span);
[[nodiscard]] Index variable_index(VarId variable, base::SourceSpan span);

[[nodiscard]] std::optional<Index> add(const Index& a, const Index& b);
[[nodiscard]] std::optional<Index> scale(const Index& a, const SizePoly& factor);

/// Every atom (variable, quotient, gather) of `other` occurs in `index`.
[[nodiscard]] bool has_atoms_of(const Index& index, const Index& other);

[[nodiscard]] std::optional<SizePoly> bounded_sum(const SizePoly& a, const SizePoly& b);
[[nodiscard]] std::optional<SizePoly> bounded_product(const SizePoly& a, const SizePoly& b);

}  // namespace einfall::einsum
