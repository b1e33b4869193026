#include "base/numerics/format.hpp"

#include <bit>
#include <cmath>

#include "base/numerics/rounder.hpp"

namespace einfall::base::numerics {
namespace {

std::uint64_t mask(int bits) { return (std::uint64_t{1} << bits) - 1; }

// The code of a magnitude that is a finite number of the format.
std::uint64_t code_of_exact(const FloatFormat& f, double magnitude) {
  if (magnitude == 0) return 0;
  const int exponent = std::ilogb(magnitude);
  if (exponent < f.min_exponent())
    return static_cast<std::uint64_t>(std::ldexp(magnitude, f.mantissa_bits - f.min_exponent()));
  // Hidden bit included, so adding it carries into the exponent field.
  const auto significand =
      static_cast<std::uint64_t>(std::ldexp(magnitude, f.mantissa_bits - exponent));
  return (static_cast<std::uint64_t>(exponent + f.bias - 1) << f.mantissa_bits) + significand;
}

}  // namespace

std::uint64_t encode(const FloatFormat& f, double value, Rounding rounding) {
  if (f == kFp64) return std::bit_cast<std::uint64_t>(value);
  const std::uint64_t infinity = mask(f.exponent_bits) << f.mantissa_bits;
  // The largest value is asked for by the rounder itself.
  const bool exact = value == f.max;
  const double rounded = exact ? value : Rounder(f, rounding)(value);
  const std::uint64_t sign = std::signbit(rounded) ? std::uint64_t{1} << (f.bits() - 1) : 0;
  if (std::isnan(rounded)) {
    const std::uint64_t payload = f.nan == NanEncoding::kAllOnes
                                      ? mask(f.mantissa_bits)
                                      : std::uint64_t{1} << (f.mantissa_bits - 1);
    return sign | infinity | payload;
  }
  if (std::isinf(rounded)) return sign | infinity;
  return sign | code_of_exact(f, std::fabs(rounded));
}

double decode(const FloatFormat& f, std::uint64_t code) {
  if (f == kFp64) return std::bit_cast<double>(code);
  const bool negative = ((code >> (f.bits() - 1)) & 1) != 0;
  const std::uint64_t mantissa = code & mask(f.mantissa_bits);
  const auto field = static_cast<int>((code >> f.mantissa_bits) & mask(f.exponent_bits));
  const bool top = field == static_cast<int>(mask(f.exponent_bits));
  double magnitude = 0;
  if (top && f.nan == NanEncoding::kIeee)
    magnitude = mantissa != 0 ? std::numeric_limits<double>::quiet_NaN()
                              : std::numeric_limits<double>::infinity();
  else if (top && mantissa == mask(f.mantissa_bits))
    magnitude = std::numeric_limits<double>::quiet_NaN();
  else if (field == 0)
    magnitude = std::ldexp(static_cast<double>(mantissa), f.min_exponent() - f.mantissa_bits);
  else
    magnitude = std::ldexp(static_cast<double>(mantissa + (std::uint64_t{1} << f.mantissa_bits)),
                           field - f.bias - f.mantissa_bits);
  return negative ? -magnitude : magnitude;
}

std::uint64_t encode(const FixedFormat& f, double value) {
  const double scaled = std::ldexp(Rounder(f)(value), f.fraction_bits);
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(scaled)) & mask(f.bits);
}

double decode(const FixedFormat& f, std::uint64_t code) {
  const auto shifted = static_cast<std::int64_t>(code << (64 - f.bits));
  return std::ldexp(static_cast<double>(shifted >> (64 - f.bits)), -f.fraction_bits);
}

}  // namespace einfall::base::numerics
