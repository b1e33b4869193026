#pragma once

#include "mappings/model/nest_plan.hpp"
#include "mappings/model/port_groups.hpp"

/// Steps of nest_plan().
namespace einfall::mappings {

/// A dependence between two ops of a plan that share loops.
struct Connection {
  std::size_t from = 0, to = 0;
  /// Loops that renew the slice; shared ones inside them count its pieces. Empty: those around both
  /// leaves.
  PartSet renewing;
  bool at_end = false;
  double delay = 0;
  std::size_t ahead = 0;
  bool of_last = false;
};
/// The last visit of `from` and the first of `to` for each step of the loops they share, or of
/// those of them in `shared`.
void connect(NestPlan& plan, const BoundMapping& bound, const Connection& connection);
void connect(NestPlan& plan, const BoundMapping& bound, const Connection& connection,
             PartSet shared);

/// The loops (by part) that two ops have in common, in the same order.
[[nodiscard]] PartSet shared_loops(const NestPlan& plan, const BoundMapping& bound, std::size_t a,
                                   std::size_t b);

/// Adds what comes from and goes to the outermost memory, and the waits for room in memories that
/// keep something.
void add_streams(NestPlan& plan, const BoundMapping& bound, const arch::Machine& machine,
                 const Counts& counts, const PortGroups& groups);

}  // namespace einfall::mappings
