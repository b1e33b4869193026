#pragma once

#include "sim/dram/address_map.hpp"
#include "sim/dram/channel.hpp"
#include "sim/dram/dram.hpp"

namespace einfall::sim {

struct BankDramOptions {
  bool refresh = true;
};

/// A DRAM by its timing table: banks with open rows, the distances between all commands, refresh,
/// and a controller that holds `window` bursts a channel. A request is cut into bursts, which enter
/// in the order of their addresses; one that finds its channel full holds up those behind it.
/// Constant time for a burst, no clock.
class BankDram final : public Dram {
 public:
  /// `timing` is one that load_dram_timing accepts; a clock of the device has `ticks_per_clock`.
  BankDram(const arch::DramTiming& timing, Tick ticks_per_clock, BankDramOptions options = {});

  DramCompletion access(const DramRequest& request) override;
  void append_relative_state(Tick now, std::vector<std::int64_t>& out,
                             std::vector<std::int64_t>& open) const override;
  void shift(Tick by, const std::vector<std::int64_t>& moves) override;
  /// With another row open.
  [[nodiscard]] Tick latency(bool write) const override;
  /// Times: a refresh interval, or a clock without refresh. Addresses: all banks of a row.
  [[nodiscard]] DramSymmetry symmetry() const override;
  [[nodiscard]] const DramCounters& counters() const override { return counters_; }
  /// The clone does not record.
  [[nodiscard]] std::unique_ptr<Dram> clone() const override;

  /// Every further command is appended to `trace` (null: no more), in the order of the requests,
  /// not of the clocks, and without those of refresh.
  void record(DramTrace* trace) { trace_ = trace; }
  /// Appends what refresh commands until `clock`.
  void append_refresh(DramClock clock, DramTrace& out) const;

 private:
  void count_outstanding(DramClock from, DramClock to);

  arch::DramOrganization organization_;
  arch::DramClocks clocks_;
  Tick tick_;  // of a clock
  bool refresh_;
  AddressMap map_;
  std::vector<RefreshCalendar> calendars_;  // a rank each
  std::vector<DramChannel> channels_;
  DramClock front_ = 0;  // when the latest burst entered
  DramClock until_ = 0;  // all that was asked for has passed
  DramCounters counters_;
  DramTrace* trace_ = nullptr;
};

}  // namespace einfall::sim
