#include "base/numerics/arithmetic.hpp"

#include <bit>

namespace einfall::base::numerics {

double add_to_odd(double a, double b) {
  const double sum = a + b;
  if (!std::isfinite(sum)) return sum;
  // Knuth's two-sum: the error of the addition, exactly.
  const double b_part = sum - a;
  const double error = (a - (sum - b_part)) + (b - b_part);
  auto code = std::bit_cast<std::uint64_t>(sum);
  if (error == 0 || (code & 1) != 0) return sum;
  // One step towards the exact value; the neighbour of an even code is odd.
  const bool away_from_zero = (error > 0) == (sum > 0);
  code += away_from_zero ? 1 : std::uint64_t(-1);
  return std::bit_cast<double>(code);
}

}  // namespace einfall::base::numerics
