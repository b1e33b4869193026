#pragma once

#include <cstdint>

#include "mappings/schedule/exact.hpp"

namespace einfall::sim {

/// The outermost memory's pins: pieces pass one after another at an exact rational rate, in the
/// order in which they were asked for, and arrive a fixed latency later. Times in whole cycles; the
/// rest of a cycle that a piece leaves is kept exactly, in ticks of which a cycle and a byte are
/// whole numbers.
class Channel {
 public:
  /// `bytes_per_cycle` 0: not limited.
  Channel(const mappings::Exact& bytes_per_cycle, std::int64_t latency);

  struct Passage {
    std::int64_t passed = 0;     // the channel can be used by the next piece from within this cycle
    std::int64_t delivered = 0;  // the data can be used
  };
  /// A piece asked for at `now`.
  Passage pass(mappings::Wide bytes, std::int64_t now);

  /// Ticks from `now` until it is free; 0 if it is.
  [[nodiscard]] mappings::Wide backlog(std::int64_t now) const;
  /// Time goes on by so many cycles without anything happening.
  void shift(std::int64_t cycles);

 private:
  std::int64_t per_cycle_ = 1;
  std::int64_t per_byte_ = 0;
  std::int64_t latency_ = 0;
  mappings::Wide free_ = 0;
};

}  // namespace einfall::sim
