#pragma once

#include <vector>

#include "sim/dram/address_map.hpp"

namespace einfall::sim {

/// Time in clocks of the device.
using DramClock = std::int64_t;

/// kPrechargeAll closes every bank of a rank.
enum class DramCommandKind { kActivate, kPrecharge, kPrechargeAll, kRead, kWrite, kRefresh };

/// A command on the bus of a channel. Of `where` only what the command names has a meaning: a
/// refresh has a channel and a rank.
struct DramCommand {
  DramClock at = 0;
  DramCommandKind kind = DramCommandKind::kActivate;
  DramLocation where;
};

using DramTrace = std::vector<DramCommand>;

}  // namespace einfall::sim
