#pragma once

#include "mappings/model/counts.hpp"
#include "mappings/schedule/body.hpp"
#include "mappings/schedule/timetable.hpp"

/// Step of pipeline_time().
namespace einfall::mappings {

/// Tells the operations, tails, loads and stores of a timetable which rows of the memories on the
/// chip they move, and the ports that they share, where those can be too few for all who may be
/// under way at once; else leaves it as it is. Every visit takes as many rows as the mean of those
/// that have any.
void add_ports(Timetable& timetable, const BoundMapping& bound, const Body& body,
               const arch::Machine& machine, const Counts& counts, const ModelOptions& options);

}  // namespace einfall::mappings
