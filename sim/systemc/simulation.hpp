#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>

namespace einfall::sim {

/// A SystemC kernel and a clock of its own, so that a process can elaborate and run as many
/// machines as it likes, one after the other or one beside the other. Modules and channels are made
/// after it and destroyed before it; the one made last is the one that modules are made in.
///
/// Cycle c begins at c * kPeriod of the kernel's time units, and ends with the clock's edge at
/// (c + 1) * kPeriod. Whoever drives channels from outside does so between finish() and settle().
/// A warning or error of the kernel is a mistake of ours: it ends the program.
class Simulation {
 public:
  Simulation();
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  [[nodiscard]] sc_core::sc_clock& clock() { return *clock_; }
  /// Lets everything of this cycle come to rest: what channels carry can be read now.
  void settle();
  /// The clock's edge, and on into the next cycle.
  void finish();
  [[nodiscard]] std::int64_t cycle() const { return cycle_; }

  /// Writes what is traced to `path` (a VCD; its name ends in .vcd). Before the first cycle.
  [[nodiscard]] sc_core::sc_trace_file& trace_to(const std::string& path);

 private:
  static constexpr std::uint64_t kPeriod = 4, kDriven = 1, kSettled = 3;
  void advance_to(std::uint64_t time);

  std::unique_ptr<sc_core::sc_simcontext> context_;
  sc_core::sc_simcontext* outer_;
  sc_core::sc_actions outer_warning_, outer_info_;
  std::unique_ptr<sc_core::sc_clock> clock_;
  sc_core::sc_trace_file* trace_ = nullptr;
  std::uint64_t time_ = 0;
  std::int64_t cycle_ = 0;
};

}  // namespace einfall::sim
