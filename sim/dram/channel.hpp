#pragma once

#include <cstdint>
#include <vector>

#include "sim/dram/refresh.hpp"
#include "sim/dram/timeline.hpp"

namespace einfall::sim {

/// One channel of a DRAM and its controller, without a clock: each burst is given, in constant
/// time, the earliest legal stamps that the bursts before it leave free. Later bursts may fill gaps
/// (another bank's commands between two earlier ones) but move nothing. A bank serves its bursts in
/// order, with its row left open.
class DramChannel {
 public:
  DramChannel(const arch::DramTiming& timing, bool refresh);

  /// When a burst that arrives at `clock` finds a place in the controller.
  [[nodiscard]] DramClock entry(DramClock clock) const;

  struct Served {
    DramClock column = 0;  // the read or write command
    bool hit = false;
    std::int64_t turnaround = 0;  // clocks that the bus rests more than before for its direction
  };
  /// Serves a burst that enters at `clock`; clocks of successive calls do not go back. Commands are
  /// appended to `trace` unless it is null.
  Served serve(DramClock clock, const DramLocation& at, bool write, DramTrace* trace);

  /// What decides the stamps of bursts that enter at `floor` or later, times relative to `floor`,
  /// but for the open row of each bank (-1: none), which goes to `open`.
  void append_relative_state(DramClock floor, std::vector<std::int64_t>& out,
                             std::vector<std::int64_t>& open) const;
  /// `epochs`: intervals of refresh that `by` comes to. `rows`: one number for each bank.
  void shift(DramClock by, std::int64_t epochs, const std::int64_t* rows);
  [[nodiscard]] std::size_t banks() const { return banks_.size(); }

 private:
  static constexpr std::int64_t kClosed = -1;
  /// Stamps before which a command to the bank may not come.
  struct Bank {
    std::int64_t row = kClosed;
    std::int64_t epoch = 0;  // of the last activation
    DramClock activate = 0;
    DramClock read = 0, write = 0;
    DramClock precharge = 0;
  };
  struct Column {
    DramClock at = 0;
    std::int64_t rank = 0, bank_group = 0;
    bool write = false;
  };
  struct Activation {
    DramClock at = 0;
    std::int64_t bank_group = 0;
  };
  struct Entry {
    DramClock at = 0;  // a place becomes free
  };
  struct Plan {
    DramClock precharge = 0, activate = 0, column = 0;
    bool hit = false, conflict = false;
  };

  [[nodiscard]] std::int64_t gap(const Column& before, const Column& after) const;
  [[nodiscard]] DramClock column_slot(DramClock from, const Column& wanted) const;
  [[nodiscard]] DramClock activation_slot(const Timeline<Activation>& others, DramClock from,
                                          std::int64_t bank_group) const;
  [[nodiscard]] Plan plan(DramClock from, const Bank& bank, const DramLocation& at,
                          bool write) const;
  void commit(const Plan& plan, Bank& bank, const DramLocation& at, bool write, std::int64_t epoch);
  [[nodiscard]] DramClock bank_free(const Plan& plan, bool write) const;
  void record(const Plan& plan, const DramLocation& at, bool write, DramTrace& trace) const;
  [[nodiscard]] std::size_t index(const DramLocation& at) const;
  [[nodiscard]] std::int64_t turnaround(const Column& before, const Column& after) const;
  [[nodiscard]] std::int64_t added_turnaround(const Column& column) const;
  static void append_bank(const Bank& bank, std::int64_t epoch, DramClock floor,
                          std::vector<std::int64_t>& out, std::vector<std::int64_t>& open);

  arch::DramOrganization organization_;
  arch::DramClocks clocks_;
  std::int64_t burst_;
  std::int64_t reach_same_, reach_turn_;    // beyond which two column commands ignore each other
  std::vector<RefreshCalendar> calendars_;  // a rank each
  std::vector<Bank> banks_;                 // rank, bank group, bank
  std::vector<Timeline<Activation>> activations_;  // a rank each
  Timeline<Column> columns_;
  DramClock last_read_ = 0, last_write_ = 0;  // latest column command of each kind
  Timeline<Entry> places_;                    // taken, at most window
};

}  // namespace einfall::sim
