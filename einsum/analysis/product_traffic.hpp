#pragma once

namespace einfall::einsum {

/// A product that is summed: C[m, p] = sum of A[e, m] * B[e, p] over e, batches included. A visit
/// is a pair (m, p) with all its products.
struct Product {
  double first = 0, second = 0, result = 0;  // bytes of an element of A, B and C
  double visits = 0;
  /// Products of a visit, all of which one value of C sums up; 1 where nothing is known of sums.
  double depth = 1;
};

/// What every order of the products moves, sums split and joined in any way and values computed
/// again included. Derivation and sources: docs/rationale/traffic_bound.md.
struct ProductTraffic {
  /// Bytes of A and B read, and of unfinished sums read and written.
  double least = 0;
  /// The run cut into segments of so many bytes moved, in which at most `most` products are made;
  /// `waste` of each visit are not counted, as a sum may begin in one segment and end in another.
  double segment = 0, most = 0, waste = 0;

  /// Bytes of one product, and of one visit more than those of the least (computed again).
  [[nodiscard]] double of_product() const { return segment / most; }
  [[nodiscard]] double of_visit(const Product& product) const {
    return (product.depth - waste) * of_product();
  }
};

/// The strongest of a grid of segments, for a buffer of so many bytes that is empty at first.
[[nodiscard]] ProductTraffic product_traffic(const Product& product, double capacity);

}  // namespace einfall::einsum
