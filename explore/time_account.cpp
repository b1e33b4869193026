#include "explore/time_account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace einfall::explore {
namespace {

using mappings::Exact;
using sim::Stall;

// A phase is as long as its slowest unit or ports.
void add_phase(const mappings::PhaseTime& phase, std::size_t unit, TimeAccount& out) {
  std::int64_t kept = 0, longest = 0, rows = 0;
  for (const mappings::UnitShare& share : phase.units) {
    longest = std::max(longest, share.busy + share.wait);
    if (share.unit != unit) continue;
    kept = share.busy + share.wait;
    out.dependence += share.wait;
  }
  for (const std::int64_t ports : phase.ports) rows = std::max(rows, ports);
  out.dependence += phase.drain;
  out.barrier += longest - kept;
  out.port += std::max<std::int64_t>(0, rows - longest);
}

TimeAccount phased(const mappings::Cost& cost, std::size_t unit) {
  TimeAccount out;
  for (const mappings::SectionTime& section : cost.latency.sections) {
    for (const mappings::PhaseTime& phase : section.phases) add_phase(phase, unit, out);
    out.ends += section.fill_and_drain;
    out.operand += section.cycles - section.compute;
  }
  return out;
}

TimeAccount pipelined(const mappings::Cost& cost, std::size_t unit) {
  TimeAccount out;
  const mappings::PipelineTime& pipeline = *cost.pipeline;
  const mappings::Timetable& table = pipeline.timetable;
  const std::vector<std::int64_t>& resource = table.bounds.resource;
  const std::int64_t needed =
      std::max(table.bounds.recurrence, *std::max_element(resource.begin(), resource.end()));
  out.interval = Exact(std::min(table.interval, needed) - resource[unit]) * table.issued_epochs();
  if (!table.masked.empty()) return out;
  const Exact runs = table.runs;
  // Of the recurrence, what it waits for loads, with results before them on the pins, and for the
  // last result to be stored; beyond it, what the pins or ports still move.
  out.ends = std::max<std::int64_t>(0, pipeline.run.stored - pipeline.run.cycles);
  const std::int64_t free = pipeline.run.cycles - pipeline.held;
  out.port = runs * pipeline.held;
  out.operand = runs * std::max<std::int64_t>(0, free - table.run_cycles()) +
                Exact(pipeline.all_runs) - runs * pipeline.run.cycles - out.ends;
  const Exact beyond = Exact(pipeline.cycles) - Exact(pipeline.all_runs);
  const auto widest = std::max_element(pipeline.ports.begin(), pipeline.ports.end());
  (*widest < pipeline.memory ? out.operand : out.port) += beyond;
  return out;
}

template <class Combine>
TimeAccount each(const TimeAccount& a, const TimeAccount& b, Combine combine) {
  return {combine(a.busy, b.busy),
          combine(a.ends, b.ends),
          combine(a.interval, b.interval),
          combine(a.operand, b.operand),
          combine(a.dependence, b.dependence),
          combine(a.space, b.space),
          combine(a.barrier, b.barrier),
          combine(a.port, b.port)};
}

}  // namespace

std::array<std::pair<std::string_view, Exact>, 8> TimeAccount::parts() const {
  return {{{"busy", busy},
           {"fill and drain", ends},
           {"interval", interval},
           {"operand", operand},
           {"dependence", dependence},
           {"space", space},
           {"barrier", barrier},
           {"port", port}}};
}

Exact TimeAccount::sum() const {
  Exact sum = 0;
  for (const auto& [name, cycles] : parts()) sum += cycles;
  return sum;
}

TimeAccount operator-(const TimeAccount& a, const TimeAccount& b) {
  return each(a, b, std::minus<>());
}

std::string cycles_text(const Exact& cycles) {
  return cycles.is_whole() ? cycles.text() : fmt::format("{:.2f}", cycles.value());
}

TimeAccount simulated_account(const Simulated& simulated) {
  const sim::EngineUse& use = simulated.engines[simulated.slowest].use;
  const auto waited = [&](Stall stall) {
    const auto s = static_cast<std::size_t>(stall);
    return use.stalls[s] - use.fill[s];
  };
  TimeAccount out;
  out.busy = use.busy;
  out.ends = std::accumulate(use.fill.begin(), use.fill.end(), waited(Stall::kIdle));
  out.operand = waited(Stall::kOperand);
  out.dependence = waited(Stall::kDependence);
  out.space = waited(Stall::kSpace);
  out.barrier = waited(Stall::kBarrier);
  out.port = waited(Stall::kPort);
  return out;
}

TimeAccount analytic_account(const mappings::Cost& cost, std::size_t unit) {
  TimeAccount out = cost.pipeline ? pipelined(cost, unit) : phased(cost, unit);
  out.busy = cost.units[unit].busy;
  // Of a pipeline what is left is how its runs begin and end; of phases nothing is, unless
  // their iterations wait one by one at barriers.
  (cost.pipeline ? out.ends : out.barrier) += cost.cycles - out.sum();
  return out;
}

}  // namespace einfall::explore
