#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sim/buffer/buffer.hpp"
#include "sim/dma/descriptor.hpp"

namespace einfall::sim {

struct LoadEngineSpec {
  int slots = 2;       // pieces that have room in the buffer: 2 is double buffering
  int queue_rows = 1;  // rows on their way or waiting for a port of the buffer
};

/// From the outermost memory to the buffer, stepped: takes a piece as soon as there is room for it
/// and all of the piece before has passed the pins, asks for its rows one after another, and writes
/// them to the buffer. In a cycle: release(), take() of a descriptor, asked() of the pins,
/// arrive(), offers() to the buffer, tick().
class LoadEngine {
 public:
  /// Precondition: slots, queue_rows >= 1.
  explicit LoadEngine(const LoadEngineSpec& spec);

  /// Who read the oldest piece gives its room back; counts from this cycle on.
  void release();
  /// A descriptor can be taken in this cycle, `released` pieces being given back in it, if the pins
  /// have passed all that was asked for.
  [[nodiscard]] bool ready(int released = 0) const { return unasked_ == 0 && room_ + released > 0; }
  /// Precondition: ready().
  void take(const Descriptor& descriptor);
  /// Rows to ask the pins for, `taken` (or null) being taken in this cycle; so many of them were.
  [[nodiscard]] std::vector<PinRow> wanted(const Descriptor* taken = nullptr) const;
  void asked(int rows);
  /// A row is there.
  void arrive(std::vector<float> words);
  /// Rows for the buffer, in their order; `arriving` are those that are there in this cycle, of
  /// which only so many count as have been asked for.
  [[nodiscard]] std::vector<RowRequest> offers(
      std::span<const std::vector<float>> arriving = {}) const;
  /// The buffer took so many of them; to the next cycle.
  void tick(int taken);

  /// Pieces of which all rows were written: their data can be read in this cycle.
  [[nodiscard]] std::int64_t completed() const { return completed_; }

 private:
  LoadEngineSpec spec_;
  int room_ = 0;                        // pieces
  std::int64_t unasked_ = 0;            // rows of the piece under way
  Descriptor next_;                     // of them the first
  std::deque<std::int64_t> to_;         // of rows asked for that are not in the queue
  std::deque<RowRequest> queue_;        // there, not written
  std::deque<std::int64_t> unwritten_;  // rows, by piece
  std::int64_t completed_ = 0;
};

}  // namespace einfall::sim
