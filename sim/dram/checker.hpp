#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/dram_timing.hpp"
#include "sim/dram/command.hpp"

namespace einfall::sim {

/// Two commands too close, or one that the state of its bank does not allow.
struct DramViolation {
  std::string rule;  // "tRCD_RD", "tFAW", "data bus", "row open"
  DramCommand before, after;
  std::int64_t needed = 0, found = 0;  // clocks from `before` to `after`

  [[nodiscard]] std::string text() const;
};

/// Replays a command trace, in whatever order it stands, against every distance of the timing
/// table, the data bus, and the state of the banks. Written from the table alone: it shares no
/// arithmetic with the model that it judges. Complete traces hold the refreshes too; tREFI is
/// checked from one refresh of a rank to the next. Cost: commands times those within tRFC of each.
[[nodiscard]] std::vector<DramViolation> check_trace(const arch::DramTiming& timing,
                                                     DramTrace trace);

}  // namespace einfall::sim
