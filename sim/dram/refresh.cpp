#include "sim/dram/refresh.hpp"

namespace einfall::sim {
namespace {

// Further than any stamp, and far enough from the end of the type to be added to.
constexpr DramClock kNever = DramClock{1} << 61;

}  // namespace

RefreshCalendar::RefreshCalendar(const arch::DramTiming& timing, std::int64_t rank, bool refresh)
    : interval_(refresh ? timing.clocks.refresh_interval : kNever),
      offset_(refresh ? rank * interval_ / timing.organization.ranks : 0),
      refresh_(timing.clocks.refresh),
      precharge_(timing.clocks.rp_all) {}

void RefreshCalendar::append_commands(std::int64_t channel, std::int64_t rank, DramClock clock,
                                      DramTrace& out) const {
  DramLocation where;
  where.channel = channel;
  where.rank = rank;
  for (DramClock at = interval_ + offset_; at <= clock; at += interval_) {
    out.push_back({at - precharge_, DramCommandKind::kPrechargeAll, where});
    out.push_back({at, DramCommandKind::kRefresh, where});
  }
}

}  // namespace einfall::sim
