#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

/// Number formats as data, with round to nearest even. Values are carried as doubles: every number
/// of every format here is one.
namespace einfall::base::numerics {

enum class NanEncoding {
  kIeee,    // exponent all ones, mantissa not zero
  kAllOnes  // exponent and mantissa all ones only: one code per sign, no infinity (OCP e4m3)
};

/// A binary floating-point format with subnormals. Precondition of all functions: precision() <= 26
/// (so that fp64 arithmetic followed by one rounding is correctly rounded), or the format is fp64.
struct FloatFormat {
  std::string_view name;
  int exponent_bits = 8;
  int mantissa_bits = 23;  // without the hidden bit
  int bias = 127;
  bool has_infinity = true;
  NanEncoding nan = NanEncoding::kIeee;
  double max = 0;  // largest finite value

  [[nodiscard]] constexpr int bits() const { return 1 + exponent_bits + mantissa_bits; }
  [[nodiscard]] constexpr int precision() const { return mantissa_bits + 1; }
  /// Exponent of the smallest normal number: 2^min_exponent().
  [[nodiscard]] constexpr int min_exponent() const { return 1 - bias; }
  bool operator==(const FloatFormat&) const = default;
};

inline constexpr FloatFormat kFp64{
    "fp64", 11, 52, 1023, true, NanEncoding::kIeee, std::numeric_limits<double>::max()};
inline constexpr FloatFormat kFp32{"fp32", 8, 23, 127, true, NanEncoding::kIeee, 0x1.fffffep127};
inline constexpr FloatFormat kBf16{"bf16", 8, 7, 127, true, NanEncoding::kIeee, 0x1.fep127};
inline constexpr FloatFormat kFp16{"fp16", 5, 10, 15, true, NanEncoding::kIeee, 65504};
/// OCP 8-bit formats (OFP8, revision 1.0). E4M3 has no infinity: overflow is NaN or saturates.
inline constexpr FloatFormat kFp8E4M3{"fp8e4m3", 4, 3, 7, false, NanEncoding::kAllOnes, 448};
inline constexpr FloatFormat kFp8E5M2{"fp8e5m2", 5, 2, 15, true, NanEncoding::kIeee, 57344};

/// Two's complement with `fraction_bits` behind the point: multiples of 2^-fraction_bits. Always
/// saturating; NaN becomes 0. Integers are the case of no fraction. bits <= 48, so that the scaled
/// values are exact in a double with room to round.
struct FixedFormat {
  std::string_view name;
  int bits = 32;
  int fraction_bits = 0;
  bool operator==(const FixedFormat&) const = default;
};
inline constexpr FixedFormat kInt32{"int32", 32, 0};
inline constexpr FixedFormat kInt8{"int8", 8, 0};
inline constexpr FixedFormat kInt4{"int4", 4, 0};

/// 1 where a value is not zero (NaN included), else 0.
struct BoolFormat {
  bool operator==(const BoolFormat&) const = default;
};

using Format = std::variant<FloatFormat, FixedFormat, BoolFormat>;

/// What happens at the ends of a floating-point format's range.
struct Rounding {
  /// Overflow and infinities become the largest finite value. Otherwise overflow is infinity, or
  /// NaN where there is none.
  bool saturate = false;
  /// A result that is subnormal after rounding becomes a zero of the same sign.
  bool flush_subnormals = false;
  bool operator==(const Rounding&) const = default;
};

/// The code of the value nearest to `value`. NaNs keep their sign and are quiet.
[[nodiscard]] std::uint64_t encode(const FloatFormat& format, double value, Rounding rounding = {});
/// The value of a code; bits above format.bits() are ignored.
[[nodiscard]] double decode(const FloatFormat& format, std::uint64_t code);

/// Two's complement code in the low `bits`.
[[nodiscard]] std::uint64_t encode(const FixedFormat& format, double value);
[[nodiscard]] double decode(const FixedFormat& format, std::uint64_t code);

}  // namespace einfall::base::numerics
