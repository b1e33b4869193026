#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace einfall::sim {

struct RowReaderSpec {
  /// Rows asked for and not yet given away. A buffer of latency L and a path that is always ready
  /// move a row in every cycle from L + 2 on.
  int depth = 3;
  int words = 1;  // of a row, from the first on, that are given away
};

/// A row to be read.
struct Fetch {
  std::int64_t row = 0;
  /// It is there when so many tokens have been counted (pieces loaded, rows written).
  std::int64_t after = 0;
  bool releases = false;  // when it has been read, the room of a piece is free
};

/// Reads rows of a buffer in a given order ahead of their use, stepped: asks for a row a cycle,
/// while there is room for it, and gives their words away in order. A row that arrives in cycle t
/// is offered from t + 1 on, whole; its room is free in the cycle after its last word was given.
class RowReader {
 public:
  /// Precondition: depth, words >= 1.
  RowReader(const RowReaderSpec& spec, std::vector<Fetch> order);

  /// The row to ask for in this cycle; null: none.
  [[nodiscard]] const Fetch* wanted(std::int64_t counted) const;
  /// The buffer will bring it. Precondition: wanted.
  void asked();
  /// What the buffer brought in this cycle; at least `words` of them.
  void arrive(std::span<const float> row);
  /// Words that may be given away in this cycle: of one row.
  [[nodiscard]] std::span<const float> offered() const;
  void give(int words);
  /// To the next cycle.
  void tick() {
    fresh_ = 0;
    freed_ = 0;
  }

  /// Rooms that have become free so far.
  [[nodiscard]] std::int64_t released() const { return released_; }
  [[nodiscard]] bool done() const {
    return next_ == order_.size() && under_way_ == 0 && rows_.empty();
  }

 private:
  RowReaderSpec spec_;
  std::vector<Fetch> order_;
  std::size_t next_ = 0;
  int under_way_ = 0;
  std::deque<std::vector<float>> rows_;
  std::size_t fresh_ = 0;  // of them, at the end: they arrived in this cycle
  int given_ = 0;          // words of the first
  int freed_ = 0;          // rows given away in this cycle
  std::int64_t released_ = 0;
};

}  // namespace einfall::sim
