#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "explore/recording.hpp"
#include "explore/simulation.hpp"

/// What can be counted over the time of a recorded run.
namespace einfall::explore {

/// A value that holds from its time on until the next one's.
struct Counter {
  std::string name;
  std::vector<std::pair<std::int64_t, double>> values;
};

/// Bytes a cycle at the pins of the outermost memory, read and written, each as the mean over
/// windows of equal length: the smallest power of two, 64 at least, of which at most 4096 cover the
/// recording. The bytes of a piece pass evenly during the last cycles of its transfer.
[[nodiscard]] std::vector<Counter> pin_counters(const Simulated& simulated,
                                                const Recording& recording);

/// Bytes held of each tensor that a memory on the chip keeps, and of each memory together. Room
/// counts as held from the start of the operation that fills it (load or Einsum) until the last of
/// its readers has done with it and has given its token of kind space back; of several tokens for
/// one room the one of the slowest reader counts. What has no such token (a state that is
/// overwritten in place) is held throughout.
[[nodiscard]] std::vector<Counter> room_counters(const Simulated& simulated,
                                                 const Recording& recording);

}  // namespace einfall::explore
