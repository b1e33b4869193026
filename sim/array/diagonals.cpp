#include "sim/array/diagonals.hpp"

#include <algorithm>

namespace einfall::sim {

Diagonals::Diagonals(int rows, int columns, int row_skew, int column_skew)
    : row_skew_(row_skew), column_skew_(column_skew), columns_(columns) {
  const auto count = static_cast<std::size_t>((rows - 1) * row_skew + (columns - 1) * column_skew);
  const auto pes = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  first_.assign(count + 2, 0);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      ++first_[static_cast<std::size_t>(r * row_skew + c * column_skew) + 1];
  for (std::size_t d = 0; d <= count; ++d) {
    longest_ = std::max(longest_, first_[d + 1]);
    first_[d + 1] += first_[d];
  }
  row_.resize(pes);
  column_.resize(pes);
  place_.resize(pes);
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      const std::size_t at = next[static_cast<std::size_t>(r * row_skew + c * column_skew)]++;
      row_[at] = r;
      column_[at] = c;
      place_[static_cast<std::size_t>(r) * static_cast<std::size_t>(columns) +
             static_cast<std::size_t>(c)] = at;
    }
}

std::size_t Diagonals::place(int row, int column) const {
  return place_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                static_cast<std::size_t>(column)];
}

}  // namespace einfall::sim
