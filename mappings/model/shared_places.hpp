#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/ir/mapping.hpp"

/// When the last of many tasks has ended where several of them share an instance.
namespace einfall::mappings {

/// What tasks of a class take: `alone` cycles with an instance to themselves, in which they keep
/// each of its pipes busy for so many.
struct SharedTask {
  double alone = 0;
  std::vector<double> pipes;
};

/// Cycles of one task where as many alike ones share the instance from its begin to its end.
[[nodiscard]] double slowest(const SharedTask& task, std::int64_t sharing);

/// Each of `instances` has room for `residents` tasks. They run at their own pace as long as no
/// pipe is asked for more than it has, and slower by the same factor when one is. Tasks come in
/// `order` (indices into `tasks`), `repeats` times over, each to the instance that has the fewest;
/// places that are free at a time are taken breadth first; `dispatch` reverses or sorts the order.
/// Cycles until the last task has ended; nullopt: more than kMostEvents (makespan.hpp).
/// Precondition: instances and residents are at least 1, the product of order and repeats fits.
[[nodiscard]] std::optional<double> shared_run(const std::vector<SharedTask>& tasks,
                                               std::vector<std::size_t> order, std::int64_t repeats,
                                               std::int64_t instances, std::int64_t residents,
                                               DispatchOrder dispatch);

}  // namespace einfall::mappings
