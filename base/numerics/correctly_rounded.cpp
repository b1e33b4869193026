#include "base/numerics/correctly_rounded.hpp"

#include <bit>
#include <limits>

namespace einfall::base::numerics {

bool rounding_is_decided(const Rounder& to, double value) {
  if (!std::isfinite(value) || to.is_identity()) return true;
  const double error = std::fabs(value) * 0x1p-50 + std::numeric_limits<double>::denorm_min();
  return to(value - error) == to(value + error);
}

double to_odd(long double value) {
  const auto nearest = static_cast<double>(value);
  const long double error = value - static_cast<long double>(nearest);
  auto code = std::bit_cast<std::uint64_t>(nearest);
  if (error == 0 || !std::isfinite(nearest) || (code & 1) != 0) return nearest;
  code += (error > 0) == (value > 0) ? 1 : std::uint64_t(-1);
  return std::bit_cast<double>(code);
}

}  // namespace einfall::base::numerics
