#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/buffer/buffer.hpp"

namespace einfall::tests {

/// An operation that moves `rows` rows (at least 1) evenly while it issues: in each cycle it offers
/// what is whole at its end, and goes on, a cycle each cycle, with one whole row that still waits,
/// until a second one would. Rows lie one after another from `first` on.
class RowStream {
 public:
  RowStream(std::int64_t rows, std::int64_t issue, std::int64_t first, bool write)
      : rows_(rows), issue_(issue), first_(first), write_(write) {}

  [[nodiscard]] bool done() const { return moved_ == rows_ && progress_ == rows_ * issue_; }
  /// What it offers in this cycle.
  [[nodiscard]] std::vector<sim::RowRequest> offer(std::int64_t buffer_rows) const {
    std::vector<sim::RowRequest> out;
    const std::int64_t whole = std::min(progress_ + rows_, rows_ * issue_) / issue_;
    for (std::int64_t k = moved_; k < whole; ++k)
      out.push_back({write_, (first_ + k) % buffer_rows});
    return out;
  }
  /// So many of them were taken; the cycle ends.
  void take(std::int64_t rows) {
    moved_ += rows;
    progress_ = std::min({progress_ + rows_, (moved_ + 2) * issue_, rows_ * issue_});
  }

 private:
  std::int64_t rows_, issue_, first_;
  bool write_;
  std::int64_t moved_ = 0;
  std::int64_t progress_ = 0;  // issue cycles that are over, times rows_
};

}  // namespace einfall::tests
