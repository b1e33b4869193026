#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Tasks that do the same work: they stand at the same coordinates of the ranks that masks name,
/// and at the end of the same ranks that tasks do not divide evenly, or of none.
struct TaskClass {
  std::int64_t tasks = 0;
  /// By StepId: of all steps that an Einsum issues, the part that one of these tasks does.
  std::vector<double> share;
  /// By KeepId: of all elements that fill it, the part that comes for one of these tasks.
  std::vector<double> fill;
  /// By StepId: of all different elements that an Einsum writes, the part that one of these tasks
  /// does.
  std::vector<double> result;
};

/// Tasks in the order of the distributed loops: `order` lists classes, over and over.
struct TaskClasses {
  std::vector<TaskClass> classes;
  std::vector<std::size_t> order;
  std::int64_t repeats = 1;
};

/// nullopt: there are more than kMostClasses, or an order longer than kLongestOrder.
[[nodiscard]] std::optional<TaskClasses> task_classes(const BoundMapping& bound);
inline constexpr std::int64_t kMostClasses = std::int64_t{1} << 16;
inline constexpr std::int64_t kLongestOrder = std::int64_t{1} << 22;

}  // namespace einfall::mappings
