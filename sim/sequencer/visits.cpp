#include "sim/sequencer/visits.hpp"

#include "base/ensure.hpp"
#include "mappings/program/turns.hpp"

namespace einfall::sim {
namespace {

using mappings::Cursor;
using mappings::Operation;

Visit visit_of(const Operation& operation, std::size_t index, const mappings::Walker& at) {
  Visit visit;
  visit.operation = index;
  visit.issue = operation.issue_at(at);
  for (const mappings::Take& take : operation.takes)
    if (take.when.holds(at)) visit.takes.push_back(take.token);
  for (const mappings::Give& give : operation.gives)
    if (give.when.holds(at))
      visit.gives.push_back(
          {give.token, give.at_end, give.delay - (give.of_last ? operation.sooner_at(at) : 0)});
  if (operation.kind == mappings::OperationKind::kBarrier) visit.barrier = operation.barrier;
  return visit;
}

}  // namespace

std::optional<std::vector<Visit>> visits_of(const mappings::Program& program, std::size_t engine,
                                            std::size_t most) {
  const mappings::Engine& unit = program.engines[engine];
  EINFALL_ENSURE(unit.kind == mappings::EngineKind::kUnit, "a sequencer drives a unit");
  std::vector<Cursor> cursors;  // by operation of the program
  for (const Operation& operation : program.operations) cursors.emplace_back(operation);
  mappings::Turns turns(program, unit, cursors);
  std::vector<Visit> visits;
  for (; !turns.over(); turns.moved_on()) {
    if (visits.size() == most) return std::nullopt;
    const std::size_t operation = turns.next();
    visits.push_back(visit_of(program.operations[operation], operation, cursors[operation].at()));
    cursors[operation].next();
  }
  return visits;
}

}  // namespace einfall::sim
