#pragma once

#include <vector>

#include "mappings/model/nest_plan.hpp"

namespace einfall::mappings {

/// Cycles of each phase of a plan, together all from the start to the last issue, and what follows.
struct NestTime {
  std::vector<double> phases;
  double drain = 0;  // until the last result is there
};

/// The max-plus recurrence of a plan. Of every loop the first iterations are executed, until all
/// times grow by the same amounts as in the iteration before, and the last; those between are
/// extrapolated. Whole numbers of cycles stay exact up to 2^53.
[[nodiscard]] NestTime nest_time(const NestPlan& plan);

}  // namespace einfall::mappings
