#pragma once

#include <optional>
#include <vector>

#include "einsum/analysis/region.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// An index as an affine form over the variables of a region: `value.terms` and `value.constant`.
struct AffineIndex {
  lattice::Linear value;
};

/// Turns indices and comparisons of one Einsum into constraints over its region. Quotients and
/// remainders become further variables of the region with their definitions.
class AffineIndices {
 public:
  /// `region.box` must hold the Einsum's variables in order. All references must outlive this.
  AffineIndices(const Cascade& cascade, const Einsum& einsum, const Sizes& sizes, Region& region);

  /// nullopt if the index depends on data (a gather) or on arithmetic beyond 60 bits.
  [[nodiscard]] std::optional<AffineIndex> lower(IndexId index);
  [[nodiscard]] Condition compare(const CompareCond& compare);
  /// 0 <= index < extent.
  [[nodiscard]] Condition in_range(const AffineIndex& index, std::int64_t extent) const;

 private:
  std::optional<lattice::Linear> quotient(const DivMod& division);
  lattice::Var quotient_variable(const lattice::Linear& numerator, std::int64_t divisor);

  const Cascade& cascade_;
  const Einsum& einsum_;
  const Sizes& sizes_;
  Region& region_;
};

/// a + factor * b; nullopt beyond 60 bits.
[[nodiscard]] std::optional<lattice::Linear> plus(const lattice::Linear& a, std::int64_t factor,
                                                  const lattice::Linear& b);

}  // namespace einfall::einsum
