#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mappings/model/counts.hpp"

/// Time of tasks that a mapping dispatches to instances of units one by one.
///
/// A task runs the phases of the schedule one after another for the iterations that a mask leaves
/// it; a phase takes as long as its busiest unit, or the ports of a memory beside the instance.
/// What a memory beside the instance keeps comes over the link to it: with `copies: 1` the task
/// waits for every slice (the latency once for what a node of the nest brings together, then the
/// bytes), with more the next slices come meanwhile. A task begins when the slices that its first
/// step begins with are there, and keeps its place until its results have left. `per_instance`
/// tasks share the units of an instance, each at its own pace while no unit is asked for too much
/// (shared_places.hpp). The last task ends by an exact simulation of events (makespan.hpp), and not
/// before the outermost memory has moved all bytes.
namespace einfall::mappings {

/// Cycles that something accounts for, of the run.
struct Effect {
  std::string name;
  double cycles = 0;
};

struct DispatchTime {
  std::int64_t tasks = 0;
  std::int64_t instances = 1;
  std::int64_t residents = 1;  // tasks on an instance at a time
  double alone = 0;            // cycles of a task that has an instance to itself, on average
  double asked = 0;            // of these, those in which it keeps its busiest unit busy
  double makespan = 0;         // cycles from the first task's start to the last one's end
  double memory = 0;           // cycles of the outermost memory's traffic, its cold start included
  double bytes = 0;            // that it moves
  double cycles = 0;           // all together
  /// What the cycles go to; they add up to `cycles`. Work of units is the mean of all places:
  /// "launch", "start" of tasks, each unit (in phases where it is the busiest) and port, "loads"
  /// that are waited for, "sharing" an instance, "imbalance" between places, and the outermost
  /// memory's name where all wait for it.
  std::vector<Effect> effects;
};

/// Precondition: the mapping dispatches. Error E902: too many different tasks.
[[nodiscard]] base::Result<DispatchTime> dispatch_time(const BoundMapping& bound,
                                                       const einsum::Cascade& cascade,
                                                       const arch::Machine& machine,
                                                       const Counts& counts);

}  // namespace einfall::mappings
