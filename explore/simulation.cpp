#include "explore/simulation.hpp"

#include <fmt/format.h>

#include <chrono>

#include "sim/engine/kernel.hpp"

namespace einfall::explore {
namespace {

using mappings::Exact;
using mappings::Flow;

base::Diagnostic deadlock(const Costed& costed, const sim::Execution& execution) {
  const std::string message =
      fmt::format("nothing can go on: {}", fmt::join(execution.waiting(), "; "));
  return base::error(
      "E960", base::SourceSpan{costed.mapping->file, 0, 0, 1}, message,
      "more copies of what is kept, or another order of loops, may break the circle");
}

std::string flow_name(const Costed& costed, const Flow& flow) {
  return fmt::format("{} of {} by {}", mappings::name(flow.kind),
                     (*costed.cascade)[flow.tensor].name,
                     (*costed.cascade)[(*costed.bound)[flow.step].einsum].name);
}

void compare_counts(const std::vector<Flow>& flows, Simulated& out) {
  for (std::size_t f = 0; f < flows.size(); ++f)
    if (flows[f].words != out.words[f])
      out.differences.push_back(fmt::format("{}: {} words, the analytic model has {}",
                                            flow_name(out.costed, flows[f]), out.words[f],
                                            flows[f].words));
}

void add_memories(Simulated& out) {
  const Costed& c = out.costed;
  for (std::size_t m = 0; m < out.memories.size(); ++m) {
    const arch::Memory& memory = c.machine->memories[m];
    const mappings::MemoryTraffic& moved = out.memories[m];
    SimulatedEngine use;
    if (m == 0) {
      if (out.program->bytes_per_cycle == Exact(0)) continue;
      use.name = memory.name + " pins";
      use.use.busy = ((moved.read_bytes + moved.write_bytes) / out.program->bytes_per_cycle)
                         .ceil()
                         .value_or(out.cycles);
    } else {
      if (out.program->ports[m].row_bytes == 0) continue;
      use.name = memory.name + " ports";
      use.use.busy = mappings::port_cycles(memory, moved);
    }
    use.use.busy = std::min(use.use.busy, out.cycles);
    use.use.stalls[static_cast<std::size_t>(sim::Stall::kIdle)] = out.cycles - use.use.busy;
    out.engines.push_back(std::move(use));
  }
}

base::Result<Simulated> simulate(Costed costed, const SimulationOptions& options) {
  Simulated out;
  out.costed = std::move(costed);
  if (!out.costed.parts.empty()) {
    for (CostedPart& part : out.costed.parts) {
      EINFALL_TRY(Simulated simulated, simulate(part.costed, options));
      out.cycles += simulated.cycles;
      out.time_s += simulated.time_s;
      out.skipped_cycles += simulated.skipped_cycles;
      out.wall_s += simulated.wall_s;
      out.parts.push_back({part.name, std::move(simulated)});
    }
    return out;
  }
  const Costed& c = out.costed;
  const auto began = std::chrono::steady_clock::now();
  EINFALL_TRY(mappings::Program program, mappings::lower(*c.cascade, *c.machine, *c.mapping,
                                                         *c.bound, c.scenario.assumptions.model));
  out.program = std::make_shared<const mappings::Program>(std::move(program));
  sim::Execution execution(*out.program, options.execution);
  if (options.observer) execution.observe(options.observer);
  if (!sim::run(execution, out.program->engines.size()))
    return base::failure(deadlock(c, execution));
  out.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  out.cycles = execution.cycles();
  out.time_s = static_cast<double>(out.cycles) / static_cast<double>(c.machine->clock.value());
  out.skipped_cycles = execution.skipped_cycles();
  out.words = execution.words();
  for (std::size_t e = 0; e < out.program->engines.size(); ++e) {
    const mappings::Engine& engine = out.program->engines[e];
    SimulatedEngine use{engine.name, engine.kind == mappings::EngineKind::kUnit, execution.use()[e],
                        0};
    if (use.unit)
      use.utilization = c.cost.units[engine.index].lane_cycles.value() /
                        (static_cast<double>(c.machine->units[engine.index].lanes()) *
                         static_cast<double>(out.cycles));
    out.engines.push_back(std::move(use));
  }
  std::vector<Flow> moved = out.program->flows;
  compare_counts(moved, out);
  for (std::size_t f = 0; f < moved.size(); ++f) moved[f].words = out.words[f];
  out.memories = mappings::traffic(moved, c.machine->memories.size());
  add_memories(out);
  return out;
}

}  // namespace

base::Result<Simulated> simulate_scenario(const std::string& path, const Settings& settings,
                                          Documents& documents, const SimulationOptions& options) {
  EINFALL_TRY(Costed costed, cost_scenario(path, settings, documents));
  return simulate(std::move(costed), options);
}

}  // namespace einfall::explore
