#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sim/buffer/buffer.hpp"
#include "sim/dma/descriptor.hpp"

namespace einfall::sim {

struct StoreEngineSpec {
  /// Rows asked of the buffer that the pins have not been asked for. A buffer of latency L and pins
  /// that take a row a cycle never wait from L + 1 on.
  int queue_rows = 1;
};

/// From the buffer to the outermost memory, stepped: reads the rows of a piece ahead of the pins,
/// those of the next as soon as there is room in the queue, and asks the pins for a row when it is
/// there and all of the piece before has passed. Its descriptor says that the piece is whole. In a
/// cycle: take() of a descriptor, read() of the buffer, arrive(), asked() of the pins, written().
class StoreEngine {
 public:
  /// Precondition: queue_rows >= 1.
  explicit StoreEngine(const StoreEngineSpec& spec);

  /// A descriptor can be taken in this cycle.
  [[nodiscard]] bool ready() const { return unread_ == 0; }
  /// Precondition: ready().
  void take(const Descriptor& descriptor);
  /// Rows to read from the buffer, `taken` (or null) being taken in this cycle; so many of them
  /// were granted.
  [[nodiscard]] std::vector<RowRequest> reads(const Descriptor* taken = nullptr) const;
  void read(int rows);
  /// The buffer has brought a row.
  void arrive(std::vector<float> words);
  /// Rows for the pins, in their order; `arriving` are those that the buffer brings in this cycle,
  /// `idle` says that the pins have passed all that was asked for. So many of them were asked for.
  [[nodiscard]] std::vector<PinRow> wanted(bool idle,
                                           std::span<const std::vector<float>> arriving = {}) const;
  void asked(int rows);

  /// Pieces of which all rows are in the memory, `stored` rows being there.
  [[nodiscard]] std::int64_t completed(std::int64_t stored) const;

 private:
  struct Row {
    std::int64_t to = 0, order = 0;
    bool first = false;  // of its piece
  };
  StoreEngineSpec spec_;
  std::int64_t unread_ = 0;               // rows of the piece that is read
  bool begun_ = false;                    // one of them was read
  Descriptor next_;                       // of them the first
  std::deque<Row> to_;                    // of rows read that the pins have not been asked for
  std::deque<std::vector<float>> queue_;  // of the first of them, what was brought
  std::vector<std::int64_t> ends_;        // by piece: rows of all up to it
};

}  // namespace einfall::sim
