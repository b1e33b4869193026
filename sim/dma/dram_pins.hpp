#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/dma/memory_rows.hpp"
#include "sim/dram/dram.hpp"

namespace einfall::sim {

struct DramPinsSpec {
  Tick cycle = 1;  // ticks of a cycle
  std::int64_t row_bytes = 1;
  int row_words = 1;
  std::int64_t first = 0;  // address of row 0
};

/// The outermost memory as memory_channel.hpp, stepped, with values, but timed by any model of a
/// DRAM: a row that it is asked for in cycle t is a request at that cycle's beginning, and is where
/// it goes in the first cycle behind its last byte. It is asked for one row a cycle at most, for
/// none while an earlier one has not been accepted; of several engines' rows for the one of the
/// lowest order.
class DramPins {
 public:
  /// `dram` must outlive it. `words`, `more`: those of MemoryRows.
  DramPins(const DramPinsSpec& spec, Dram& dram, std::span<const float> words,
           std::int64_t more = 0, std::size_t engines = 1);

  /// How many rows an engine may ask for in this cycle.
  [[nodiscard]] int room(std::size_t engine) const { return open() && !waiting_[engine] ? 1 : 0; }
  /// All that the engine has asked for will have passed the pins within what a request takes at
  /// least, so that if it asks now it leaves no gap.
  [[nodiscard]] bool idle(std::size_t engine) const {
    return !waiting_[engine] && passed_[engine] <= rows_.cycle() * spec_.cycle;
  }
  /// Precondition: room() > 0.
  void request(std::size_t engine, PinRow row);
  /// To the next cycle.
  void tick();

  [[nodiscard]] MemoryRows& rows() { return rows_; }
  [[nodiscard]] const MemoryRows& rows() const { return rows_; }

 private:
  /// The DRAM accepts a row in this cycle.
  [[nodiscard]] bool open() const { return accepted_ < (rows_.cycle() + 1) * spec_.cycle; }
  void access(std::size_t engine);

  DramPinsSpec spec_;
  Dram& dram_;
  MemoryRows rows_;
  std::vector<std::optional<PinRow>> waiting_;  // by engine
  std::vector<Tick> passed_;                    // by engine
  Tick accepted_ = 0;
};

}  // namespace einfall::sim
