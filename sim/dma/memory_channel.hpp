#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sim/dma/memory_rows.hpp"

namespace einfall::sim {

/// The pins of a memory that moves rows at an exact rate. Precondition: all positive, but latency
/// may be 0.
struct ChannelSpec {
  std::int64_t row_bytes = 1;
  std::int64_t bytes = 1, cycles = 1;  // so many bytes in so many cycles
  std::int64_t latency = 0;            // cycles from the last byte of a row to when it is there
  int row_words = 1;
};

/// The outermost memory, stepped, with values; by bandwidth and latency, as
/// dram/bandwidth_dram.hpp, shared by engines that read or write. As long as anything is asked for
/// the pins move something: of the engines' oldest rows the one of the lowest order, whatever it
/// interrupts; the others go on behind it (the same as engine/pin_queue.hpp). A row that has passed
/// is where it goes, with the engine or in the memory, a latency after the cycle of its last byte.
class MemoryChannel {
 public:
  /// `words`, `more`: those of MemoryRows.
  MemoryChannel(const ChannelSpec& spec, std::span<const float> words, std::int64_t more = 0,
                std::size_t engines = 1);

  /// How many rows of an engine the pins could begin in this cycle if it had them for itself.
  [[nodiscard]] int room(std::size_t engine) const;
  /// All that the engine has asked for has passed the pins.
  [[nodiscard]] bool idle(std::size_t engine) const { return lines_[engine].left == 0; }
  /// Precondition: room() > 0.
  void request(std::size_t engine, PinRow row);
  /// To the next cycle.
  void tick();

  [[nodiscard]] MemoryRows& rows() { return rows_; }
  [[nodiscard]] const MemoryRows& rows() const { return rows_; }

 private:
  struct Waiting {
    PinRow row;
    std::int64_t left = 0;  // units of time that it still takes
  };
  struct Line {
    std::deque<Waiting> rows;
    std::int64_t left = 0;  // of all of them
  };
  [[nodiscard]] std::int64_t takes() const { return spec_.row_bytes * spec_.cycles; }

  ChannelSpec spec_;
  MemoryRows rows_;
  std::vector<Line> lines_;  // by engine; a cycle has spec_.bytes units, a byte takes spec_.cycles
};

}  // namespace einfall::sim
