#include "explore/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "explore/deadlock.hpp"
#include "mappings/ir/measure.hpp"
#include "sim/engine/kernel.hpp"

namespace einfall::explore {
namespace {

using mappings::Exact;
using mappings::Flow;

void compare_counts(Simulated& out) {
  const Costed& c = out.costed;
  const auto expect = [&](const std::string& what, const Exact& here, const Exact& analytic) {
    out.counts.push_back({what, here, analytic});
    if (here != analytic)
      out.differences.push_back(
          fmt::format("{}: {}, the analytic model has {}", what, here.text(), analytic.text()));
  };
  for (std::size_t u = 0; u < c.machine->units.size(); ++u)
    expect("busy cycles of " + c.machine->units[u].name, Exact(out.engines[u].use.busy),
           c.cost.units[u].busy);
  for (std::size_t m = 0; m < out.memories.size(); ++m) {
    const mappings::MemoryTraffic& analytic = c.cost.memories[m].traffic;
    expect("bytes read from " + c.machine->memories[m].name, out.memories[m].read_bytes,
           analytic.read_bytes);
    expect("bytes written to " + c.machine->memories[m].name, out.memories[m].write_bytes,
           analytic.write_bytes);
  }
  const std::vector<Flow>& flows = out.program->flows;
  for (std::size_t f = 0; f < flows.size(); ++f)
    expect("words of " + flow_name(c, flows[f]), Exact(out.words[f]), Exact(flows[f].words));
}

std::size_t busiest_unit(const Costed& costed) {
  const auto& units = costed.cost.units;
  const auto less = [](const auto& a, const auto& b) { return a.busy < b.busy; };
  return static_cast<std::size_t>(std::max_element(units.begin(), units.end(), less) -
                                  units.begin());
}

void add_memories(const sim::Pins& pins, Simulated& out) {
  const Costed& c = out.costed;
  for (std::size_t m = 0; m < out.memories.size(); ++m) {
    const arch::Memory& memory = c.machine->memories[m];
    const mappings::MemoryTraffic& moved = out.memories[m];
    SimulatedEngine use;
    if (m == 0 && pins.by_banks()) {
      const sim::PinsUse spent = pins.use(out.cycles);
      use.name = memory.name + " pins";
      use.use.busy = spent.data;
      use.use.stalls[static_cast<std::size_t>(sim::Stall::kTurnaround)] = spent.turnaround;
      use.use.stalls[static_cast<std::size_t>(sim::Stall::kRefresh)] = spent.refresh;
      use.use.stalls[static_cast<std::size_t>(sim::Stall::kBank)] = spent.bank;
      use.use.stalls[static_cast<std::size_t>(sim::Stall::kIdle)] = spent.idle;
      out.dram = pins.counters();
      out.engines.push_back(std::move(use));
      continue;
    }
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

base::Result<sim::MemoryModel> memory_model(const Costed& costed, const mappings::Program& program,
                                            const SimulationOptions& options) {
  sim::MemoryModel model;
  if (costed.machine->memories.empty()) return model;
  const arch::Memory& memory = costed.machine->memories.front();
  if (options.dram_banks && !memory.timing)
    return base::failure(base::error(
        "E964", memory.span,
        fmt::format("'{}' names no timing table, without which its banks cannot be simulated",
                    memory.name),
        "name one under `timing` (arch/specs/dram/ has some), or use --dram bandwidth"));
  if (options.dram_banks) model = {memory.timing, costed.machine->clock};
  if (const auto obstacle = sim::obstacle(program, model))
    return base::failure(base::error("E964", memory.span,
                                     fmt::format("'{}': {}", memory.name, *obstacle),
                                     "rates and clocks that are multiples of each other help"));
  return model;
}

void add_engines(const sim::Execution& execution, Simulated& out) {
  const Costed& c = out.costed;
  for (std::size_t e = 0; e < out.program->engines.size(); ++e) {
    const mappings::Engine& engine = out.program->engines[e];
    // Two streams of one tensor have one name.
    const auto alike = std::count_if(
        out.program->engines.begin(), out.program->engines.begin() + static_cast<std::ptrdiff_t>(e),
        [&](const mappings::Engine& other) { return other.name == engine.name; });
    const std::string name =
        alike == 0 ? engine.name : fmt::format("{} {}", engine.name, alike + 1);
    SimulatedEngine use{name, engine.kind == mappings::EngineKind::kUnit, execution.use()[e], 0};
    if (use.unit && out.cycles > 0)
      use.utilization = c.cost.units[engine.index].lane_cycles.value() /
                        (static_cast<double>(c.machine->units[engine.index].lanes()) *
                         static_cast<double>(out.cycles));
    out.engines.push_back(std::move(use));
  }
}

std::optional<Simulated::Interval> measured_interval(const sim::Profile& profile) {
  std::int64_t most = 0, epochs = 0;
  Simulated::Interval out;
  double sum = 0;
  for (const auto& [interval, count] : profile.intervals()) {
    if (count > most) out.usual = interval;
    most = std::max(most, count);
    epochs += count;
    sum += static_cast<double>(interval) * static_cast<double>(count);
  }
  if (epochs == 0) return std::nullopt;
  out.mean = sum / static_cast<double>(epochs);
  return out;
}

sim::Progress progress_of(const sim::Execution& execution, const mappings::Program& program,
                          const SimulationOptions& options) {
  if (!options.progress) return {};
  double all = 0;
  for (const Flow& flow : program.flows) all += static_cast<double>(flow.words);
  return [&execution, &options, all](std::int64_t now) {
    double moved = 0;
    for (const std::int64_t words : execution.words()) moved += static_cast<double>(words);
    options.progress(now, all > 0 ? std::min(1.0, moved / all) : 0);
  };
}

// What the first operations need of the registers, in a run of their own, of which nothing is
// skipped and that ends with them.
void add_registers(std::int64_t most, Simulated& out) {
  sim::Execution execution(*out.program, out.execution);
  sim::RegisterUse use(*out.program, *out.costed.bound, *out.costed.machine);
  execution.observe([&](const sim::Execution::Done& done) {
    use.see(done);
    return ++out.watched < most;
  });
  static_cast<void>(
      sim::run(execution, out.program->engines.size(), {}, [&] { return out.watched >= most; }));
  const std::vector<arch::ComputeUnit>& units = out.costed.machine->units;
  for (std::size_t u = 0; u < units.size(); ++u) {
    const mappings::UnitId unit(u);
    out.registers.push_back({unit, units[u].registers.entries, use.peak(unit)});
  }
}

// Parts run one after another.
base::Result<Simulated> simulate_parts(Costed costed, const SimulationOptions& options) {
  Simulated out;
  out.costed = std::move(costed);
  for (const CostedPart& part : out.costed.parts) {
    EINFALL_TRY(Simulated simulated, simulate_costed(part.costed, options));
    const auto times = static_cast<double>(part.times);
    out.cycles += mappings::saturating_mul(simulated.cycles, part.times);
    out.time_s += times * simulated.time_s;
    out.skipped_cycles += mappings::saturating_mul(simulated.skipped_cycles, part.times);
    out.wall_s += simulated.wall_s;
    out.energy_known = out.energy_known && simulated.energy_known;
    out.energy_j += times * simulated.energy_j;
    out.dram_bytes += times * simulated.dram_bytes;
    out.parts.push_back({part.name, std::move(simulated)});
  }
  return out;
}

}  // namespace

std::string flow_name(const Costed& costed, const Flow& flow) {
  return fmt::format("{} of {} by {}", mappings::name(flow.kind),
                     (*costed.cascade)[flow.tensor].name,
                     (*costed.cascade)[(*costed.bound)[flow.step].einsum].name);
}

base::Result<Simulated> simulate_costed(Costed costed, const SimulationOptions& options) {
  if (!costed.parts.empty()) return simulate_parts(std::move(costed), options);
  Simulated out;
  out.costed = std::move(costed);
  const Costed& c = out.costed;
  const auto began = std::chrono::steady_clock::now();
  EINFALL_TRY(mappings::Program program, mappings::lower(*c.cascade, *c.machine, *c.mapping,
                                                         *c.bound, c.scenario.assumptions.model));
  out.program = std::make_shared<const mappings::Program>(std::move(program));
  out.slowest = busiest_unit(c);
  sim::ExecutionOptions execution_options = options.execution;
  execution_options.slowest = out.slowest;
  EINFALL_TRY(execution_options.memory, memory_model(c, *out.program, options));
  out.execution = execution_options;
  sim::Execution execution(*out.program, execution_options);
  if (options.recording != nullptr) execution.observe(options.recording->observer(*out.program));
  if (!sim::run(execution, out.program->engines.size(),
                progress_of(execution, *out.program, options)))
    return base::failure(deadlock(c, *out.program, execution));
  if (options.recording != nullptr) options.recording->add_last_waits(execution);
  out.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  out.cycles = execution.cycles();
  out.time_s = static_cast<double>(out.cycles) / static_cast<double>(c.machine->clock.value());
  out.skipped_cycles = execution.skipped_cycles();
  out.words = execution.words();
  out.operations = execution.profile().uses();
  out.first_began = execution.profile().first_began();
  out.last_ended = execution.profile().last_ended();
  if (c.cost.pipeline) out.interval = measured_interval(execution.profile());
  add_engines(execution, out);
  if (options.watched > 0) add_registers(options.watched, out);
  std::vector<Flow> moved = out.program->flows;
  for (std::size_t f = 0; f < moved.size(); ++f) moved[f].words = out.words[f];
  out.memories = mappings::traffic(moved, c.machine->memories.size());
  compare_counts(out);
  add_memories(execution.pins(), out);
  out.energy_known = c.energy_known && out.differences.empty();
  out.energy_j = c.energy_j;
  out.dram_bytes = out.memories.front().bytes().value();
  return out;
}

bool miscounted(const Simulated& simulated) {
  return (!simulated.differences.empty() && simulated.costed.scenario.quirks.empty()) ||
         std::any_of(simulated.parts.begin(), simulated.parts.end(),
                     [](const SimulatedPart& part) { return miscounted(part.simulated); });
}

base::Result<Simulated> simulate_scenario(const std::string& path, const Settings& settings,
                                          Documents& documents, const SimulationOptions& options) {
  EINFALL_TRY(Costed costed, cost_scenario(path, settings, documents));
  return simulate_costed(std::move(costed), options);
}

}  // namespace einfall::explore
