#include "base/numerics/correctly_rounded.hpp"

#include <bit>
#include <limits>

namespace einfall::base::numerics {
namespace {

// Both ends of the interval that holds the exact value round alike.
bool decided(const Rounder& to, double value) {
  if (!std::isfinite(value) || to.is_identity()) return true;
  const double error = std::fabs(value) * 0x1p-51 + std::numeric_limits<double>::denorm_min();
  return to(value - error) == to(value + error);
}

// To odd, so that rounding again is innocuous.
double to_odd(long double value) {
  const auto nearest = static_cast<double>(value);
  const long double error = value - static_cast<long double>(nearest);
  auto code = std::bit_cast<std::uint64_t>(nearest);
  if (error == 0 || (code & 1) != 0) return nearest;
  code += (error > 0) == (value > 0) ? 1 : std::uint64_t(-1);
  return std::bit_cast<double>(code);
}

}  // namespace

double correctly_rounded(const Rounder& to, double x, double (*in_double)(double),
                         long double (*in_long_double)(long double)) {
  const double value = in_double(x);
  return to(decided(to, value) ? value : to_odd(in_long_double(x)));
}

double correctly_rounded(const Rounder& to, double x, double y, double (*in_double)(double, double),
                         long double (*in_long_double)(long double, long double)) {
  const double value = in_double(x, y);
  return to(decided(to, value) ? value : to_odd(in_long_double(x, y)));
}

}  // namespace einfall::base::numerics
