#include "einsum/analysis/growth.hpp"

#include <algorithm>

namespace einfall::einsum {

Growth growth_of(const std::vector<SymbolicCount>& values) {
  const std::size_t last = values.size() - 1;
  const auto increment = [&](std::size_t step, std::size_t period) {
    return values[step].constant - values[step - period].constant;
  };
  const auto same_growth = [&](std::size_t a, std::size_t b) {
    return values[a].growth == values[b].growth;
  };
  for (std::size_t period = 1; 2 * period <= last; ++period) {
    bool repeats = true;
    for (std::size_t k = 0; k < period && repeats; ++k)
      repeats = last >= k + 2 * period &&
                increment(last - k, period) == increment(last - k - period, period) &&
                same_growth(last - k, last - k - 2 * period);
    if (!repeats) continue;
    const std::int64_t gained = increment(last, period);
    const auto length = static_cast<std::int64_t>(period);
    return {(gained + length - 1) / length, gained % length == 0};
  }
  std::int64_t most = 0;
  for (std::size_t step = 1; step <= last; ++step) most = std::max(most, increment(step, 1));
  return {most, false};
}

}  // namespace einfall::einsum
