#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/numerics/arithmetic.hpp"
#include "base/numerics/exact_sum.hpp"
#include "base/numerics/order.hpp"

namespace einfall::base::numerics {

/// One running reduction in a given order. Sums are of numbers; other reductions (max, min, prod)
/// take their operator. Absent points keep their place: skip() counts a position that adds nothing.
class Accumulator {
 public:
  /// Combines two partial results, already rounded.
  using Combine = double (*)(const Rounder&, double, double);

  /// `start`: what the registers hold before the first addend (+0 for a sum: it decides the sign of
  /// a zero result); without it they take the first addend as it is. Adder trees have none.
  /// Precondition: width >= 1 for tree, blocks and matrix; matrix only with `combine` == add.
  Accumulator(Order order, const Rounder& to, Combine combine,
              std::optional<double> start = std::nullopt);

  /// The next addend; it is rounded to the accumulator's format first.
  void add(double value);
  /// The next addend is the product a*b of two numbers, unrounded: fused where the order allows it
  /// (sequential and blocks: one multiply-add per point; matrix: exact), else rounded on entry.
  void add_product(double a, double b);
  /// So many absent points.
  void skip(std::int64_t count = 1);

  /// True if anything was added.
  [[nodiscard]] bool any() const { return any_; }
  /// The result so far. Precondition: any().
  [[nodiscard]] double result() const;
  void clear();

 private:
  struct Partial {
    std::int64_t points = 0;  // positions covered, skipped ones too (tree nodes, open group)
    bool any = false;
    double value = 0;
  };
  [[nodiscard]] Partial empty() const { return {0, start_.has_value(), start_.value_or(0)}; }
  void push(Partial partial);
  [[nodiscard]] Partial merge(Partial left, Partial right) const;
  [[nodiscard]] Partial fold() const;
  void end_of_point();
  void close_group();
  [[nodiscard]] double matrix_total() const;

  Order order_;
  Rounder to_;
  Combine combine_;
  std::optional<double> start_;
  bool any_ = false;
  Partial total_;                // groups closed so far, or everything when sequential
  Partial group_;                // the open block
  std::vector<Partial> tree_;    // pairwise: partial results of falling sizes
  std::vector<double> pending_;  // matrix: products of the open block
};

}  // namespace einfall::base::numerics
