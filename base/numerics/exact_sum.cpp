#include "base/numerics/exact_sum.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace einfall::base::numerics {
namespace {
constexpr double kTooLarge = 0x1p300;
}

void ExactSum::add(double value) {
  any_ = true;
  if (!(value == 0 && std::signbit(value))) all_negative_zero_ = false;
  if (!(std::fabs(value) < kTooLarge)) {
    special_ += std::isnan(value) ? value : std::copysign(HUGE_VAL, value);
    return;
  }
  if (value == 0) return;
  const int exponent = std::ilogb(value);
  const auto significand = static_cast<std::uint64_t>(std::ldexp(std::fabs(value), 52 - exponent));
  // In range the lowest set bit is at or above kLowest, so a shift to the right loses nothing.
  const int position = exponent - 52 - kLowest;
  if (position <= -64) return;
  const std::uint64_t whole = position < 0 ? significand >> -position : significand;
  const auto at = static_cast<std::size_t>(position < 0 ? 0 : position);
  const std::size_t limb = at / 64, shift = at % 64;
  const std::array<std::uint64_t, 2> parts{whole << shift, shift == 0 ? 0 : whole >> (64 - shift)};
  const bool negative = value < 0;
  std::uint64_t carry = 0;
  for (std::size_t i = limb; i < kLimbs; ++i) {
    const std::uint64_t part = i - limb < parts.size() ? parts[i - limb] : 0;
    if (i - limb >= parts.size() && carry == 0) break;
    const std::uint64_t before = limbs_[i];
    if (negative) {
      limbs_[i] = before - part - carry;
      carry = before < part || (before == part && carry != 0) ? 1 : 0;
    } else {
      limbs_[i] = before + part + carry;
      carry = limbs_[i] < before || (limbs_[i] == before && carry != 0) ? 1 : 0;
    }
  }
}

double ExactSum::to_odd() const {
  if (special_ != 0) return special_;  // NaN compares unequal too
  const bool negative = (limbs_.back() >> 63) != 0;
  std::array<std::uint64_t, kLimbs> magnitude = limbs_;
  if (negative) {
    std::uint64_t carry = 1;
    for (std::uint64_t& limb : magnitude) {
      limb = ~limb + carry;
      carry = carry != 0 && limb == 0 ? 1 : 0;
    }
  }
  std::size_t top = kLimbs;
  while (top > 0 && magnitude[top - 1] == 0) --top;
  if (top == 0) return any_ && all_negative_zero_ ? -0.0 : 0.0;
  const int highest = static_cast<int>(top) * 64 - 1 - std::countl_zero(magnitude[top - 1]);
  // The 53 bits from `highest` down, and whether anything is left below them.
  const int lowest = highest - 52;
  std::uint64_t kept = 0;
  bool rest = false;
  for (int bit = highest; bit >= 0; --bit) {
    const bool set = ((magnitude[static_cast<std::size_t>(bit / 64)] >> (bit % 64)) & 1) != 0;
    if (bit >= lowest)
      kept = kept * 2 + (set ? 1 : 0);
    else if (set)
      rest = true;
    if (rest) break;
  }
  if (rest) kept |= 1;
  const double value = std::ldexp(static_cast<double>(kept), std::max(lowest, 0) + kLowest);
  return negative ? -value : value;
}

}  // namespace einfall::base::numerics
