#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sim/dram/dram.hpp"

namespace einfall::sim {

struct DramPinsSpec {
  Tick cycle = 1;  // ticks of a cycle
  std::int64_t row_bytes = 1;
  int row_words = 1;
  std::int64_t first = 0;  // address of row 0
};

/// The reading side of the outermost memory as memory_channel.hpp, stepped, with values, but timed
/// by any model of a DRAM: a row asked for in cycle t is a request at that cycle's beginning, and
/// is there in the first cycle behind its last byte. At most one a cycle is asked for, none while
/// an earlier one has not been accepted.
class DramPins {
 public:
  /// `dram` and the `words` of all rows, one after another, must outlive it.
  DramPins(const DramPinsSpec& spec, Dram& dram, std::span<const float> words);

  /// How many rows can be asked for in this cycle.
  [[nodiscard]] int room() const { return accepted_ < (cycle_ + 1) * spec_.cycle ? room_ : 0; }
  /// All that was asked for will have passed the pins within what a request takes at least, so that
  /// whoever asks now leaves no gap.
  [[nodiscard]] bool idle() const { return passed_ <= cycle_ * spec_.cycle; }
  /// Precondition: room() > 0.
  void request(std::int64_t row);
  /// All rows that are there in this cycle, the oldest first.
  [[nodiscard]] std::vector<std::vector<float>> there() const;
  /// The oldest. Precondition: there() is not empty.
  std::vector<float> take();
  /// To the next cycle.
  void tick();

 private:
  struct Arrival {
    std::int64_t at = 0;
    std::vector<float> words;
  };
  DramPinsSpec spec_;
  Dram& dram_;
  std::span<const float> words_;
  std::int64_t cycle_ = 0;
  int room_ = 1;
  Tick accepted_ = 0;
  Tick passed_ = 0;
  std::deque<Arrival> arriving_;
};

}  // namespace einfall::sim
