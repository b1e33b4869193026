#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/ir/mapping.hpp"

/// When the last of many tasks has ended: tasks come in an order, each goes to the place that the
/// order of dispatch says, and a place runs one at a time. The simulation of these events is exact;
/// alike tasks behind each other are taken in whole rounds.
namespace einfall::mappings {

/// `count` tasks of equal length behind each other.
struct TaskRun {
  double cycles = 0;
  std::int64_t count = 1;
};
/// `pattern`, `repeats` times over.
struct TaskList {
  std::vector<TaskRun> pattern;
  std::int64_t repeats = 1;
};

/// Events that are looked at one by one, at most.
inline constexpr std::int64_t kMostEvents = std::int64_t{1} << 25;

/// Cycles until the last task has ended; nullopt if there were more than kMostEvents to look at.
/// Precondition: places >= 1, cycles and counts not negative.
[[nodiscard]] std::optional<double> makespan(const TaskList& tasks, std::int64_t places,
                                             DispatchOrder order);

}  // namespace einfall::mappings
