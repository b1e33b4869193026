#pragma once

#include <string>
#include <vector>

#include "mappings/program/program.hpp"
#include "sim/engine/execution.hpp"

/// What the simulator did as a file for Perfetto (ui.perfetto.dev) and chrome://tracing.
namespace einfall::explore {

/// Collects the first operations of a run.
class Trace {
 public:
  static constexpr std::size_t kMost = 1'000'000;

  /// For Execution::observe. The trace must outlive the run.
  [[nodiscard]] sim::Execution::Observer observer();
  /// Operations were left out.
  [[nodiscard]] bool full() const { return operations_.size() == kMost; }
  /// Trace Event Format, JSON: one track for each engine, one event for each operation; one cycle
  /// is one microsecond there.
  [[nodiscard]] std::string json(const mappings::Program& program) const;

 private:
  std::vector<sim::Execution::Done> operations_;
};

}  // namespace einfall::explore
