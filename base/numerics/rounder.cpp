#include "base/numerics/rounder.hpp"

#include <limits>

#include "base/ensure.hpp"
#include "base/overloaded.hpp"

namespace einfall::base::numerics {
namespace {
constexpr double kOneAndAHalf52 = 0x1.8p52;
}

Rounder::Rounder(const Format& format, Rounding rounding) : format_(format) {
  const auto set_float = [&](const FloatFormat& f) {
    if (f == kFp64) return;
    EINFALL_ENSURE(f.precision() <= 26, "a format that fp64 can round to once");
    saturate_ = rounding.saturate;
    flush_ = rounding.flush_subnormals;
    has_infinity_ = f.has_infinity;
    kind_ = f == kFp32 && !saturate_ && !flush_ ? Kind::kHardwareFp32 : Kind::kFloat;
    shift_ = 52 - f.mantissa_bits;
    half_ = std::uint64_t{1} << (shift_ - 1);
    max_ = f.max;
    min_normal_ = std::ldexp(1.0, f.min_exponent());
    magic_ = std::ldexp(kOneAndAHalf52, f.min_exponent() - f.mantissa_bits);
    // Half a unit above the largest value is a tie: it goes to the even neighbour.
    const double unit = std::ldexp(1.0, std::ilogb(max_) - f.mantissa_bits);
    const bool max_is_even = (encode(f, max_) & 1) == 0;
    first_overflow_ = max_ + unit / 2;
    if (max_is_even)
      first_overflow_ = std::nextafter(first_overflow_, std::numeric_limits<double>::infinity());
  };
  const auto set_fixed = [&](const FixedFormat& f) {
    EINFALL_ENSURE(f.bits >= 1 && f.bits <= 48, "fixed point fits a double");
    kind_ = Kind::kFixed;
    scale_ = std::ldexp(1.0, f.fraction_bits);
    high_ = std::ldexp(1.0, f.bits - 1) - 1;
    low_ = -high_ - 1;
    magic_ = kOneAndAHalf52;
  };
  std::visit(Overloaded{set_float, set_fixed, [&](BoolFormat) { kind_ = Kind::kBool; }}, format);
}

double Rounder::out_of_range(double value) const {
  if (value != value) return value;
  if (saturate_) return std::copysign(max_, value);
  if (has_infinity_) return std::copysign(std::numeric_limits<double>::infinity(), value);
  return std::copysign(std::numeric_limits<double>::quiet_NaN(), value);
}

}  // namespace einfall::base::numerics
