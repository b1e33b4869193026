#include "einsum/ir/size_poly.hpp"

#include <algorithm>
#include <limits>

namespace einfall::einsum {
namespace {

using Value = std::int64_t;

constexpr Value kLargest = std::numeric_limits<Value>::max();

// A coefficient that does not fit sticks at +-kLargest, which evaluate() refuses.
Value saturated(bool negative) { return negative ? -kLargest : kLargest; }

bool is_saturated(Value value) { return value >= kLargest || value <= -kLargest; }

Value add(Value a, Value b) {
  Value sum = 0;
  if (is_saturated(a)) return a;
  if (is_saturated(b)) return b;
  return __builtin_add_overflow(a, b, &sum) ? saturated(a < 0) : sum;
}

Value multiply(Value a, Value b) {
  Value product = 0;
  if (is_saturated(a) || is_saturated(b) || __builtin_mul_overflow(a, b, &product))
    return a == 0 || b == 0 ? 0 : saturated((a < 0) != (b < 0));
  return product;
}

}  // namespace

SizePoly SizePoly::constant(std::int64_t value) {
  SizePoly poly;
  if (value != 0) poly.terms_[{}] = value;
  return poly;
}

SizePoly SizePoly::size(RankId rank) {
  SizePoly poly;
  poly.terms_[{rank}] = 1;
  return poly;
}

SizePoly operator+(const SizePoly& a, const SizePoly& b) {
  SizePoly sum = a;
  for (const auto& [monomial, coefficient] : b.terms_) {
    const auto place = sum.terms_.try_emplace(monomial, 0).first;
    place->second = add(place->second, coefficient);
    if (place->second == 0) sum.terms_.erase(place);
  }
  return sum;
}

SizePoly operator-(const SizePoly& a, const SizePoly& b) { return a + SizePoly::constant(-1) * b; }

SizePoly operator*(const SizePoly& a, const SizePoly& b) {
  SizePoly product;
  for (const auto& [left, x] : a.terms_) {
    for (const auto& [right, y] : b.terms_) {
      SizePoly::Monomial both(left);
      both.insert(both.end(), right.begin(), right.end());
      std::sort(both.begin(), both.end());
      const auto place = product.terms_.try_emplace(std::move(both), 0).first;
      place->second = add(place->second, multiply(x, y));
      if (place->second == 0) product.terms_.erase(place);
    }
  }
  return product;
}

std::optional<std::int64_t> SizePoly::as_constant() const {
  if (terms_.empty()) return 0;
  if (terms_.size() != 1 || !terms_.begin()->first.empty()) return std::nullopt;
  return terms_.begin()->second;
}

std::optional<RankId> SizePoly::as_size() const {
  if (terms_.size() != 1) return std::nullopt;
  const auto& [monomial, coefficient] = *terms_.begin();
  if (monomial.size() != 1 || coefficient != 1) return std::nullopt;
  return monomial.front();
}

std::optional<std::int64_t> SizePoly::evaluate(const Sizes& sizes) const {
  Value sum = 0;
  for (const auto& [monomial, coefficient] : terms_) {
    Value product = coefficient;
    if (is_saturated(product)) return std::nullopt;
    for (const RankId rank : monomial)
      if (__builtin_mul_overflow(product, sizes[rank], &product)) return std::nullopt;
    if (__builtin_add_overflow(sum, product, &sum)) return std::nullopt;
  }
  return sum;
}

}  // namespace einfall::einsum
