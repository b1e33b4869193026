#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "base/numerics/format.hpp"

namespace einfall::base::numerics {

/// Rounds doubles to one format, to nearest even, exactly once; built once, called in inner loops.
class Rounder {
 public:
  explicit Rounder(const Format& format, Rounding rounding = {});

  [[nodiscard]] double operator()(double value) const {
    switch (kind_) {
      case Kind::kIdentity:
        return value;
      case Kind::kHardwareFp32:
        return static_cast<double>(static_cast<float>(value));
      case Kind::kFloat:
        return round_float(value);
      case Kind::kFixed:
        return round_fixed(value);
      case Kind::kBool:
        return value != 0 ? 1 : 0;
    }
    return value;
  }

  [[nodiscard]] const Format& format() const { return format_; }
  /// Plain fp32: the machine's own single precision may stand in for it.
  [[nodiscard]] bool is_hardware_fp32() const { return kind_ == Kind::kHardwareFp32; }
  [[nodiscard]] bool is_identity() const { return kind_ == Kind::kIdentity; }

 private:
  enum class Kind { kIdentity, kHardwareFp32, kFloat, kFixed, kBool };

  double round_float(double value) const {
    const double magnitude = std::fabs(value);
    if (!(magnitude < first_overflow_)) return out_of_range(value);
    if (magnitude < min_normal_) {
      // Adding 1.5 * 2^52 quanta leaves exactly the bits from the quantum up, rounded to even.
      double rounded = (magnitude + magic_) - magic_;
      if (flush_ && rounded < min_normal_) rounded = 0;
      return std::copysign(rounded, value);
    }
    auto code = std::bit_cast<std::uint64_t>(value);
    code += (half_ - 1) + ((code >> shift_) & 1);
    return std::bit_cast<double>(code & ~(2 * half_ - 1));
  }
  double round_fixed(double value) const {
    if (value != value) return 0;
    const double scaled = std::fmin(std::fmax(value * scale_, low_), high_);
    return ((scaled + magic_) - magic_) / scale_;
  }
  double out_of_range(double value) const;

  Format format_;
  Kind kind_ = Kind::kIdentity;
  bool saturate_ = false, flush_ = false, has_infinity_ = true;
  int shift_ = 0;           // mantissa bits of a double that the format has not
  std::uint64_t half_ = 1;  // half a unit in the last place, in those bits
  double max_ = 0, first_overflow_ = 0, min_normal_ = 0, magic_ = 0;
  double scale_ = 1, low_ = 0, high_ = 0;
};

}  // namespace einfall::base::numerics
