#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace einfall::tests {

/// One query of softmax attention by the textbook: sum over the visible keys of exp(s - max) v,
/// divided by the sum of exp(s - max). Everything in long double and plain loops.
struct SoftmaxQuery {
  std::vector<long double> scores;               // of the visible keys
  std::vector<std::vector<long double>> values;  // likewise, F long

  void see(long double score, std::vector<long double> value) {
    scores.push_back(score);
    values.push_back(std::move(value));
  }
  /// Precondition: at least one key is visible.
  [[nodiscard]] std::vector<long double> attend() const {
    const long double top = *std::max_element(scores.begin(), scores.end());
    std::vector<long double> sum(values.front().size(), 0);
    long double weight = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const long double w = std::exp(scores[i] - top);
      weight += w;
      for (std::size_t f = 0; f < sum.size(); ++f) sum[f] += w * values[i][f];
    }
    for (long double& x : sum) x /= weight;
    return sum;
  }
};

/// Rounding differs from the cascade's everywhere; no more than a few hundred units in the last
/// place of double add up at the sizes of the tests.
constexpr double kOracleTolerance = 1e-12;

}  // namespace einfall::tests
