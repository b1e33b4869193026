#include "explore/epochs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "explore/svg.hpp"

namespace einfall::explore {
namespace {

constexpr std::size_t kEpochs = 6;

// When the operation that the slowest unit began with begins, as often as it is drawn.
std::vector<std::int64_t> beginnings(const Simulated& simulated, const Recording& recording) {
  std::vector<const Recording::Visit*> visits;
  for (const Recording::Visit& visit : recording.visits())
    if (visit.engine == simulated.slowest) visits.push_back(&visit);
  std::vector<std::int64_t> out;
  for (const Recording::Visit* visit : visits)
    if (visit->operation == visits.front()->operation && out.size() <= kEpochs)
      out.push_back(visit->start);
  return out;
}

}  // namespace

std::string epochs_svg(const Simulated& simulated, const Recording& recording) {
  Timeline timeline;
  timeline.title = "The first epochs of " + simulated.costed.scenario.name;
  timeline.x_label = "cycles;";
  for (const auto& [name, value] : simulated.costed.scenario.parameters)
    timeline.x_label += fmt::format(" {}={}", name, value);
  for (const SimulatedEngine& engine : simulated.engines)
    if (timeline.lanes.size() < simulated.program->engines.size())
      timeline.lanes.push_back(engine.name);
  for (const mappings::Operation& operation : simulated.program->operations)
    timeline.kinds.push_back(operation.name);
  timeline.marks = beginnings(simulated, recording);
  timeline.to = timeline.marks.size() > kEpochs ? timeline.marks.back()
                                                : std::max<std::int64_t>(1, recording.end());
  for (const Recording::Visit& visit : recording.visits())
    if (visit.cycles > 0)
      timeline.bars.push_back(
          {visit.engine, visit.operation, visit.start, visit.start + visit.cycles});
  return draw(timeline);
}

}  // namespace einfall::explore
