#pragma once

#include <array>
#include <cstdint>

namespace einfall::base::numerics {

/// The exact sum of doubles that are multiples of 2^-320 and below 2^300 in magnitude: all products
/// of two fp32 (bf16, fp16, fp8) numbers, and those numbers themselves. Holds 2^60 addends.
/// Infinities and NaNs are summed apart and win. Numbers outside are met without harm: what lies
/// below 2^-320 is cut off, from 2^300 up they count as infinite.
class ExactSum {
 public:
  void add(double value);
  void clear() { *this = ExactSum(); }

  /// The sum as a double rounded to odd (see add_to_odd): rounding it to a format of at most 51
  /// bits equals rounding the exact sum. An exact zero is +0, or -0 if every addend was -0.
  [[nodiscard]] double to_odd() const;

 private:
  static constexpr int kLowest = -320;  // weight of bit 0
  static constexpr std::size_t kLimbs = 11;
  std::array<std::uint64_t, kLimbs> limbs_{};  // two's complement, least significant first
  double special_ = 0;
  bool all_negative_zero_ = true;
  bool any_ = false;
};

}  // namespace einfall::base::numerics
