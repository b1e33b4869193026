#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/dma/descriptor.hpp"

namespace einfall::sim {

/// The outermost memory behind its pins, with values: what is in it, and for each engine that
/// shares the pins the rows that have passed them and are not yet where they go. How long they take
/// is said by whoever has the pins (memory_channel.hpp, dram_pins.hpp).
class MemoryRows {
 public:
  /// The `words` of all rows that are there from the beginning, one after another, and `more` rows
  /// behind them that nothing was written to. Precondition: row_words, engines >= 1.
  MemoryRows(int row_words, std::span<const float> words, std::int64_t more, std::size_t engines);

  /// A row has passed the pins for an engine: read, it is there in cycle `at`; written, it can be
  /// read in the cycle after it. Those of an engine end in the order in which they passed.
  void passed(std::size_t engine, PinRow row, std::int64_t at);
  /// Rows that are there for an engine in this cycle and were not taken, the oldest first.
  [[nodiscard]] const std::vector<std::vector<float>>& there(std::size_t engine) const {
    return lines_[engine].there;
  }
  /// The oldest. Precondition: there() is not empty.
  std::vector<float> take(std::size_t engine);
  /// Rows of an engine that were written so far and can be read in this cycle.
  [[nodiscard]] std::int64_t stored(std::size_t engine) const { return lines_[engine].stored; }
  /// To the next cycle. Does nothing after a fault.
  void tick();

  [[nodiscard]] std::int64_t cycle() const { return cycle_; }
  /// nullptr: nothing was written to it.
  [[nodiscard]] const std::vector<float>* words(std::int64_t row) const;
  /// "cycle 17, engine 2: row 5 of the memory is read, but nothing was written to it".
  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }

 private:
  struct Way {
    std::int64_t at = 0;
    PinRow row;
  };
  struct Line {
    std::deque<Way> on_their_way;
    std::vector<std::vector<float>> there;
    std::int64_t stored = 0;
  };
  void arrive(std::size_t engine);

  std::vector<std::vector<float>> rows_;  // empty: nothing was written to it
  std::vector<Line> lines_;               // by engine
  std::int64_t cycle_ = 0;
  std::optional<std::string> fault_;
};

}  // namespace einfall::sim
