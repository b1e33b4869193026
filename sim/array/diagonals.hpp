#pragma once

#include <cstddef>
#include <vector>

namespace einfall::sim {

/// The PEs of an array ordered by their distance in time from the corner, row * row_skew + column *
/// column_skew: those of equal distance run the same instruction in the same cycle, and their state
/// stands next to each other, by rising row (and falling column).
class Diagonals {
 public:
  Diagonals(int rows, int columns, int row_skew, int column_skew);

  [[nodiscard]] int count() const { return static_cast<int>(first_.size()) - 1; }
  [[nodiscard]] std::size_t first(int diagonal) const { return first_[diagonal]; }
  [[nodiscard]] std::size_t size(int diagonal) const {
    return first_[diagonal + 1] - first_[diagonal];
  }
  [[nodiscard]] std::size_t longest() const { return longest_; }
  [[nodiscard]] int row(std::size_t place) const { return row_[place]; }
  [[nodiscard]] int column(std::size_t place) const { return column_[place]; }
  [[nodiscard]] std::size_t place(int row, int column) const;
  /// From one PE of a diagonal to the next both row and column step by one: vectors by row, and
  /// vectors by falling column, can be read in place.
  [[nodiscard]] bool dense() const { return row_skew_ == column_skew_; }

 private:
  int row_skew_, column_skew_, columns_;
  std::vector<std::size_t> first_;
  std::vector<int> row_, column_;
  std::vector<std::size_t> place_;  // by row and column
  std::size_t longest_ = 0;
};

}  // namespace einfall::sim
