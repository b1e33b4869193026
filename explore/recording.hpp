#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "mappings/program/program.hpp"
#include "sim/engine/execution.hpp"

namespace einfall::explore {

/// The first operations of a run as they went, for traces, waveforms and pictures. While it records
/// nothing is skipped.
class Recording {
 public:
  static constexpr std::size_t kMost = 1'000'000;
  explicit Recording(std::size_t most = kMost) : most_(most) {}

  /// For Execution::observe. Forgets what it holds. Recording and program must outlive the run.
  [[nodiscard]] sim::Execution::Observer observer(const mappings::Program& program);

  /// What engines waited for behind their last visits. Precondition: the run it observed has ended.
  void add_last_waits(const sim::Execution& execution);

  struct Visit {
    std::size_t engine = 0, operation = 0;
    std::int64_t start = 0;
    std::int64_t cycles = 0;  // that it kept its engine
    double bytes = 0;         // of a transfer
    /// Memories on the chip between whose ports and the engine words move, one bit each.
    std::uint64_t memories = 0;
    /// From when until when it stood still because others had its ports or pins.
    std::vector<std::pair<std::int64_t, std::int64_t>> held;
  };
  /// A transfer of the engine has the pins, which may be taken from it in between.
  struct Passing {
    std::size_t engine = 0;
    double from = 0, to = 0;  // cycles
    double bytes = 0;
  };
  struct Wait {
    std::size_t engine = 0;
    sim::Stall stall = sim::Stall::kOperand;
    std::int64_t from = 0, to = 0;
  };
  /// A token of kind space was taken (+1) or given back (-1).
  struct Room {
    std::int64_t time = 0;
    std::size_t token = 0;
    int change = 0;
  };
  [[nodiscard]] const std::vector<Visit>& visits() const { return visits_; }  // by their ends
  [[nodiscard]] const std::vector<Passing>& passings() const { return passings_; }
  [[nodiscard]] const std::vector<Wait>& waits() const { return waits_; }
  [[nodiscard]] std::vector<Room> rooms() const;  // by time
  /// As many visits as it may hold: what came later was left out.
  [[nodiscard]] bool full() const { return visits_.size() == most_; }
  /// When its last visit ended.
  [[nodiscard]] std::int64_t end() const { return end_; }

 private:
  void record(const mappings::Program& program, const sim::Execution::Done& done);
  void record_passing(const sim::Execution::Done& done, double bytes);
  void record_rooms(const mappings::Program& program, const sim::Execution::Done& done);

  std::size_t most_;
  std::int64_t end_ = 0;
  std::vector<Visit> visits_;
  std::vector<Passing> passings_;
  std::vector<Wait> waits_;
  std::vector<Room> rooms_;
};

}  // namespace einfall::explore
