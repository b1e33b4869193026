#include "einsum/analysis/product_traffic.hpp"

#include <algorithm>
#include <cmath>

namespace einfall::einsum {
namespace {

constexpr double kRounding = 1e-9;  // relative, far above that of the sums below
constexpr int kCoarse = 64, kFine = 1024;

// At most so many products, less `waste` for every sum that begins in a segment and leaves it
// unfinished. A and B have `split` of the bytes at hand, half each is best; unfinished sums that
// enter have the rest; those that begin and leave have `capacity`. The cells of the grid over
// `split` are bounded from above, by the products of their upper end and the rest of their lower.
double most_products(const Product& product, double capacity, double segment, double waste,
                     int cells) {
  const double at_hand = capacity + segment;
  const bool sums = product.depth > 1;
  double most = 0;
  for (int i = 0; i < cells; ++i) {
    const double low = at_hand * i / cells, high = at_hand * (i + 1) / cells;
    const double operands = high / 2 / product.first * (high / 2 / product.second);
    const double finished = operands / (product.depth * product.depth);
    const double entered = sums ? (at_hand - low) / product.result : 0;
    double begun = sums ? capacity / product.result : 0;
    if (waste > 0)
      begun = std::clamp(operands / (4 * waste * waste) - finished - entered, 0.0, begun);
    most = std::max(most, std::sqrt(operands * (finished + entered + begun)) - waste * begun);
  }
  return most * (1 + kRounding);
}

ProductTraffic with_segment(const Product& product, double capacity, double segment, double waste,
                            int cells) {
  ProductTraffic found{0, segment, most_products(product, capacity, segment, waste, cells), waste};
  const double segments =
      std::ceil((product.depth - waste) * product.visits / found.most * (1 - kRounding));
  if (segments > 1) found.least = capacity + (segments - 1) * segment;
  return found;
}

}  // namespace

ProductTraffic product_traffic(const Product& product, double capacity) {
  const double unit = std::max(capacity, product.first + product.second) / 4;
  ProductTraffic best = with_segment(product, capacity, 4 * unit, 0, kCoarse);
  for (int quarters = 1; quarters <= 16; ++quarters)
    for (int step = 0; step < 16; ++step) {
      const double waste = product.depth > 1 ? product.depth * step * step / 256.0 : 0;
      const ProductTraffic found = with_segment(product, capacity, quarters * unit, waste, kCoarse);
      if (found.least > best.least) best = found;
      if (product.depth <= 1) break;
    }
  return with_segment(product, capacity, best.segment, best.waste, kFine);
}

}  // namespace einfall::einsum
