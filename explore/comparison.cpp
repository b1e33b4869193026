#include "explore/comparison.hpp"

#include <algorithm>

namespace einfall::explore {
namespace {

using sim::Stall;

struct Analytic {
  double busy = 0, ends = 0, interval = 0, operand = 0, dependence = 0, barrier = 0, port = 0;
  [[nodiscard]] double sum() const {
    return busy + ends + interval + operand + dependence + barrier + port;
  }
};

// A phase is as long as its slowest unit or ports.
void add_phase(const mappings::PhaseTime& phase, std::size_t unit, Analytic& out) {
  std::int64_t kept = 0, longest = 0, rows = 0;
  for (const mappings::UnitShare& share : phase.units) {
    longest = std::max(longest, share.busy + share.wait);
    if (share.unit != unit) continue;
    kept = share.busy + share.wait;
    out.dependence += static_cast<double>(share.wait);
  }
  for (const std::int64_t ports : phase.ports) rows = std::max(rows, ports);
  out.dependence += static_cast<double>(phase.drain);
  out.barrier += static_cast<double>(longest - kept);
  out.port += static_cast<double>(std::max<std::int64_t>(0, rows - longest));
}

Analytic phased(const mappings::Cost& cost, std::size_t unit) {
  Analytic out;
  for (const mappings::SectionTime& section : cost.latency.sections) {
    for (const mappings::PhaseTime& phase : section.phases) add_phase(phase, unit, out);
    out.ends += static_cast<double>(section.fill_and_drain);
    out.operand += section.cycles.value() - static_cast<double>(section.compute);
  }
  return out;
}

Analytic pipelined(const mappings::Cost& cost, std::size_t unit) {
  Analytic out;
  const mappings::PipelineTime& pipeline = *cost.pipeline;
  const mappings::Timetable& table = pipeline.timetable;
  // Ports lengthen the interval too; their share is what is beyond the recurrence.
  const std::vector<std::int64_t>& resource = table.bounds.resource;
  const std::int64_t needed =
      std::max(table.bounds.recurrence, *std::max_element(resource.begin(), resource.end()));
  out.interval = static_cast<double>(std::min(table.interval, needed) - resource[unit]) *
                 static_cast<double>(table.issued_epochs());
  if (!table.masked.empty()) return out;
  const double runs = static_cast<double>(table.runs);
  // Of the recurrence, what it waits for loads; beyond it, what the pins or ports still move.
  out.operand = runs * static_cast<double>(
                           std::max<std::int64_t>(0, pipeline.run.cycles - table.run_cycles()));
  const double beyond =
      static_cast<double>(pipeline.cycles) - runs * static_cast<double>(pipeline.run.cycles);
  const auto widest = std::max_element(pipeline.ports.begin(), pipeline.ports.end());
  (*widest < pipeline.memory ? out.operand : out.port) += beyond;
  return out;
}

Analytic analytic_time(const mappings::Cost& cost, std::size_t unit) {
  Analytic out = cost.pipeline ? pipelined(cost, unit) : phased(cost, unit);
  out.busy = cost.units[unit].busy.value();
  // Of a pipeline what is left is how its runs begin and end; of phases nothing is, unless
  // their iterations wait one by one at barriers.
  (cost.pipeline ? out.ends : out.barrier) += cost.cycles.value() - out.sum();
  return out;
}

}  // namespace

Attribution attribution(const Simulated& simulated) {
  const mappings::Cost& cost = simulated.costed.cost;
  const SimulatedEngine& unit = simulated.engines[simulated.slowest];
  const Analytic analytic = analytic_time(cost, simulated.slowest);
  const auto waited = [&](Stall stall) {
    const auto s = static_cast<std::size_t>(stall);
    return static_cast<double>(unit.use.stalls[s] - unit.use.fill[s]);
  };
  double fill = 0;
  for (const std::int64_t cycles : unit.use.fill) fill += static_cast<double>(cycles);
  const double drain = waited(Stall::kIdle);
  Attribution out;
  out.unit = unit.name;
  out.excess = static_cast<double>(simulated.cycles) - cost.cycles.value();
  out.lines = {{"busy", static_cast<double>(unit.use.busy), analytic.busy},
               {"fill", fill, std::nullopt, true},
               {"drain", drain, std::nullopt, true},
               {"fill and drain", fill + drain, analytic.ends}};
  if (cost.pipeline) out.lines.push_back({"interval", std::nullopt, analytic.interval});
  out.lines.push_back({"operand", waited(Stall::kOperand), analytic.operand});
  out.lines.push_back({"dependence", waited(Stall::kDependence), analytic.dependence});
  out.lines.push_back({"space", waited(Stall::kSpace), std::nullopt});
  out.lines.push_back({"barrier", waited(Stall::kBarrier), analytic.barrier});
  out.lines.push_back({"port", waited(Stall::kPort), analytic.port});
  return out;
}

base::Result<Compared> compare_witnesses(const std::string& path, const Settings& settings,
                                         Documents& documents) {
  Compared out;
  EINFALL_TRY(out.costed, cost_scenario(path, settings, documents));
  auto simulated = simulate_costed(out.costed, {});
  if (simulated)
    out.simulated = std::move(*simulated);
  else
    out.refused = simulated.error();
  return out;
}

}  // namespace einfall::explore
