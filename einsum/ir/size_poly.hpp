#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"

namespace einfall::einsum {

using RankId = base::Id<struct RankTag>;

/// Concrete rank sizes, indexed by RankId. Every size is in [1, 2^40].
struct Sizes {
  std::vector<std::int64_t> values;
  [[nodiscard]] std::int64_t operator[](RankId rank) const { return values[rank.index()]; }
  bool operator==(const Sizes&) const = default;
};

/// A polynomial in rank sizes with integer coefficients, in canonical form (no zero terms), so that
/// equal polynomials compare equal: M1*M0 + 3.
class SizePoly {
 public:
  /// The ranks of a product, sorted, repeated for powers; empty for the constant term.
  using Monomial = std::vector<RankId>;

  SizePoly() = default;
  [[nodiscard]] static SizePoly constant(std::int64_t value);
  [[nodiscard]] static SizePoly size(RankId rank);

  friend SizePoly operator+(const SizePoly& a, const SizePoly& b);
  friend SizePoly operator-(const SizePoly& a, const SizePoly& b);
  /// Products are only formed while parsing; the parser bounds the degree and number of terms.
  friend SizePoly operator*(const SizePoly& a, const SizePoly& b);
  bool operator==(const SizePoly&) const = default;

  [[nodiscard]] bool is_zero() const { return terms_.empty(); }
  /// The value if no rank occurs.
  [[nodiscard]] std::optional<std::int64_t> as_constant() const;
  /// The rank if this is exactly the size of one rank.
  [[nodiscard]] std::optional<RankId> as_size() const;
  /// Value for these sizes; nullopt on 64-bit overflow.
  [[nodiscard]] std::optional<std::int64_t> evaluate(const Sizes& sizes) const;
  [[nodiscard]] const std::map<Monomial, std::int64_t>& terms() const { return terms_; }

 private:
  std::map<Monomial, std::int64_t> terms_;
};

}  // namespace einfall::einsum
