#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sim/buffer/buffer.hpp"
#include "sim/dma/memory_channel.hpp"

namespace einfall::sim {

struct DmaSpec {
  int slots = 2;       // pieces that have room in the buffer: 2 is double buffering
  int queue_rows = 1;  // rows on their way or waiting for a port of the buffer
};

/// A piece of data to be loaded: rows one after another at both ends.
struct Descriptor {
  std::int64_t from = 0;  // row of the memory
  std::int64_t to = 0;    // row of the buffer
  std::int64_t rows = 1;
};

/// A load engine, stepped: takes a piece as soon as there is room for it and all of the piece
/// before has passed the pins, asks for its rows one after another, and writes them to the buffer.
/// In a cycle: release(), take() of a descriptor, ask(), offers() to the buffer, tick(). The
/// buffer, the channel and it are in the same cycle.
class Dma {
 public:
  /// Precondition: slots, queue_rows >= 1.
  explicit Dma(const DmaSpec& spec);

  /// Who read the oldest piece gives its room back; counts from this cycle on.
  void release();
  /// A descriptor can be taken in this cycle, `released` pieces being given back in it.
  [[nodiscard]] bool ready(int released = 0) const {
    return unasked_ == 0 && cycle_ >= passed_ && room_ + released > 0;
  }
  /// Precondition: ready().
  void take(const Descriptor& descriptor);
  /// Asks for rows, as many as the pins and the queue allow, and takes those that are there.
  void ask(MemoryChannel& channel);
  /// The same in steps, for who is not in one piece with the channel: rows to be asked for, `taken`
  /// (or null) being taken in this cycle; so many of them were, and the pins will have passed them
  /// from the cycle `passed` on; a row is there.
  [[nodiscard]] Descriptor wanted(const Descriptor* taken) const;
  void asked(std::int64_t rows, std::int64_t passed);
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
  DmaSpec spec_;
  std::int64_t cycle_ = 0;
  int room_ = 0;              // pieces
  std::int64_t unasked_ = 0;  // rows of the piece under way
  std::int64_t next_from_ = 0;
  std::int64_t passed_ = 0;  // from which cycle on the pins have all that was asked for behind them
  std::deque<std::int64_t> to_;         // of rows asked for that are not in the queue
  std::deque<RowRequest> queue_;        // there, not written
  std::deque<std::int64_t> unwritten_;  // rows, by piece
  std::int64_t next_to_ = 0;
  std::int64_t completed_ = 0;
};

}  // namespace einfall::sim
