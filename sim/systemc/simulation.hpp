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
/// Cycle c begins at time 2c of the kernel, at rest by 2c + 1, when the clock rises and ends it.
/// Whoever drives channels from outside does so between finish() and settle(). No event of the
/// kernel is ever left waiting for its time.
/// A warning or error of the kernel is a mistake of ours: it ends the program.
class Simulation {
 public:
  Simulation();
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  [[nodiscard]] sc_core::sc_signal<bool>& clock() { return *clock_; }
  /// Lets everything of this cycle come to rest: what channels carry can be read now.
  void settle();
  /// The clock's edge, and on into the next cycle.
  void finish();
  [[nodiscard]] std::int64_t cycle() const { return cycle_; }

  /// Writes what is traced to `path` (a VCD; its name ends in .vcd). Before the first cycle.
  [[nodiscard]] sc_core::sc_trace_file& trace_to(const std::string& path);

 private:
  void advance();

  std::unique_ptr<sc_core::sc_simcontext> context_;
  sc_core::sc_simcontext* outer_;
  sc_core::sc_actions outer_warning_, outer_info_;
  std::unique_ptr<sc_core::sc_signal<bool>> clock_;
  sc_core::sc_trace_file* trace_ = nullptr;
  bool at_rest_ = false;
  std::int64_t cycle_ = 0;
};

}  // namespace einfall::sim
