#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/array/unit_spec.hpp"
#include "sim/buffer/buffer.hpp"

namespace einfall::sim {

struct RowWriterSpec {
  int lanes = 1;
  int row_words = 1;  // of the buffer, at least `lanes`; the rest is 0
  int depth = 1;      // rows begun and not yet written
};

/// Puts words that leave lanes one after the other together to rows of a buffer, stepped. The n-th
/// word of every lane belongs to the n-th row of the order. Words cannot be held up: one that finds
/// no row free, or that nobody expects, is a fault. A row whose last word comes in cycle t is
/// offered from t + 1 on.
class RowWriter {
 public:
  RowWriter(const RowWriterSpec& spec, std::vector<std::int64_t> order);

  /// The oldest row, whole; null: none is.
  [[nodiscard]] const RowRequest* offered() const;
  /// One cycle: whether the buffer took the row that was offered, and the words that come, by lane
  /// (or none).
  void tick(bool taken, std::span<const Word> words);

  /// Rows written so far; they can be read in this cycle.
  [[nodiscard]] std::int64_t written() const { return first_; }
  [[nodiscard]] bool done() const { return first_ == static_cast<std::int64_t>(order_.size()); }
  /// "cycle 17, lane 3: ...".
  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }

 private:
  struct Open {
    RowRequest row;
    int missing = 0;
  };
  void put(int lane, float value);

  RowWriterSpec spec_;
  std::vector<std::int64_t> order_;
  std::int64_t cycle_ = 0;
  std::int64_t first_ = 0;          // the oldest that is not written
  std::deque<Open> open_;           // from it on
  std::vector<std::int64_t> next_;  // by lane: the row that its next word belongs to
  std::optional<std::string> fault_;
};

}  // namespace einfall::sim
