#include "einsum/eval/convert.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace einfall::einsum::eval {
namespace {

/// A binary floating format: significand bits with the hidden one, least exponent of a normal
/// number, largest finite value, and what lies beyond it.
struct Format {
  int precision;
  int min_exponent;
  double largest;
  bool has_infinity;
};

template <class T>
T round_to(T x, const Format& format) {
  if (!std::isfinite(x)) {
    return std::isinf(x) && !format.has_infinity ? std::numeric_limits<T>::quiet_NaN() : x;
  }
  if (x == T{0}) return x;
  const int exponent = std::max(std::ilogb(x), format.min_exponent);
  const int shift = format.precision - 1 - exponent;
  const T rounded = std::scalbn(std::nearbyint(std::scalbn(x, shift)), -shift);
  if (std::abs(rounded) <= static_cast<T>(format.largest)) return rounded;
  return format.has_infinity ? std::copysign(std::numeric_limits<T>::infinity(), x)
                             : std::numeric_limits<T>::quiet_NaN();
}

template <class T>
T round_to_integer(T x, double low, double high) {
  if (std::isnan(x)) return T{0};
  return std::clamp(std::nearbyint(x), static_cast<T>(low), static_cast<T>(high));
}

template <class T>
T convert_one(DataType type, T x) {
  switch (type) {
    case DataType::kFp64:
      return static_cast<T>(static_cast<double>(x));
    case DataType::kFp32:
      return static_cast<T>(static_cast<float>(x));
    case DataType::kBf16:
      return round_to(x, {8, -126, 0x1.fep127, true});
    case DataType::kFp16:
      return round_to(x, {11, -14, 65504, true});
    case DataType::kFp8E4M3:
      return round_to(x, {4, -6, 448, false});
    case DataType::kFp8E5M2:
      return round_to(x, {3, -14, 57344, true});
    case DataType::kInt32:
    case DataType::kIndex:
      return round_to_integer(x, -2147483648.0, 2147483647.0);
    case DataType::kInt8:
      return round_to_integer(x, -128, 127);
    case DataType::kInt4:
      return round_to_integer(x, -8, 7);
    case DataType::kBool:
      break;
  }
  return T(x != T{0});
}

}  // namespace

template <class T>
void convert(DataType type, const T* x, T* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = convert_one(type, x[i]);
}

template void convert<double>(DataType, const double*, double*, std::size_t);
template void convert<long double>(DataType, const long double*, long double*, std::size_t);

}  // namespace einfall::einsum::eval
