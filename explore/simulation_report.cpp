#include <fmt/format.h>

#include <algorithm>

#include "base/text_table.hpp"
#include "explore/cost_report.hpp"
#include "explore/simulation.hpp"
#include "explore/untyped.hpp"

namespace einfall::explore {
namespace {

using base::TextTable;
constexpr auto kLeft = TextTable::Align::kLeft;
constexpr auto kRight = TextTable::Align::kRight;

std::string engine_table(const Simulated& simulated) {
  std::vector<TextTable::Column> columns{{"", kLeft}, {"visits", kRight}, {"busy", kRight}};
  // What only the banks of a memory know.
  const auto shown = [&](std::size_t s) {
    const auto stall = static_cast<sim::Stall>(s);
    return simulated.dram || (stall != sim::Stall::kTurnaround && stall != sim::Stall::kRefresh &&
                              stall != sim::Stall::kBank);
  };
  for (std::size_t s = 0; s < sim::kStalls; ++s)
    if (shown(s)) columns.push_back({std::string(sim::name(static_cast<sim::Stall>(s))), kRight});
  columns.push_back({"sum", kRight});
  columns.push_back({"busy %", kRight});
  TextTable table(columns);
  for (const SimulatedEngine& engine : simulated.engines) {
    std::vector<std::string> row{engine.name, std::to_string(engine.use.visits),
                                 std::to_string(engine.use.busy)};
    std::int64_t sum = engine.use.busy;
    for (std::size_t s = 0; s < sim::kStalls; ++s) {
      if (shown(s)) row.push_back(std::to_string(engine.use.stalls[s]));
      sum += engine.use.stalls[s];
    }
    row.push_back(std::to_string(sum));
    row.push_back(fmt::format("{:.2f}", 100 * share_of(static_cast<double>(engine.use.busy),
                                                       static_cast<double>(simulated.cycles))));
    table.add(row);
  }
  return table.text();
}

// Every operation of the units, in the order in which they first began.
std::string waterfall(const Simulated& simulated) {
  TextTable table({{"operation", kLeft},
                   {"unit", kLeft},
                   {"visits", kRight},
                   {"prologue", kRight},
                   {"steady state", kRight},
                   {"epilogue", kRight},
                   {"cycles", kRight},
                   {"first began", kRight},
                   {"last began", kRight}});
  const mappings::Program& program = *simulated.program;
  for (std::size_t e = 0; e < program.engines.size(); ++e) {
    if (!simulated.engines[e].unit) continue;
    std::vector<std::size_t> operations = program.engines[e].operations;
    std::stable_sort(operations.begin(), operations.end(), [&](std::size_t a, std::size_t b) {
      return simulated.operations[a].first < simulated.operations[b].first;
    });
    for (const std::size_t o : operations) {
      const sim::OperationUse& use = simulated.operations[o];
      if (use.visits == 0) continue;
      table.add({program.operations[o].name, simulated.engines[e].name, std::to_string(use.visits),
                 std::to_string(use.before), std::to_string(use.cycles - use.before - use.after),
                 std::to_string(use.after), std::to_string(use.cycles), std::to_string(use.first),
                 std::to_string(use.last)});
    }
  }
  std::string out = fmt::format(
      "prologue: {} cycles, until {} first begins; epilogue: {}, from when it last ends\n",
      simulated.first_began, simulated.engines[simulated.slowest].name,
      simulated.cycles - simulated.last_ended);
  if (simulated.interval)
    out += fmt::format("an epoch: {} cycles most of the time, {:.2f} on average\n",
                       simulated.interval->usual, simulated.interval->mean);
  return out + table.text();
}

std::string registers(const Simulated& simulated) {
  if (simulated.registers.empty()) return {};
  TextTable table({{"registers", kLeft},
                   {"there are", kRight},
                   {"needed", kRight},
                   {"at cycle", kRight},
                   {"of", kLeft}});
  bool enough = true;
  for (const SimulatedRegisters& use : simulated.registers) {
    table.add({simulated.costed.machine->units[use.unit.index()].name, std::to_string(use.entries),
               std::to_string(use.peak.entries), std::to_string(use.peak.cycle),
               fmt::format("{}", fmt::join(use.peak.of, ", "))});
    enough = enough && use.peak.entries <= use.entries;
  }
  std::string out(1, '\n');
  out += table.text();
  out +=
      fmt::format("at most, in each PE or lane, in the first {} operations\n", simulated.watched);
  if (!enough)
    out +=
        "where there are too few the run goes on as if there were enough "
        "(docs/reference/cycle_counts.md)\n";
  return out;
}

}  // namespace

std::string simulation_text(const Simulated& simulated) {
  const Costed& costed = simulated.costed;
  std::string out = costed.scenario.name;
  for (const auto& [name, value] : costed.scenario.parameters)
    out += fmt::format("  {}={}", name, value);
  out += fmt::format("\nsimulated {} cycles, {:.9g} s", simulated.cycles, simulated.time_s);
  if (costed.bound) {
    const double analytic = costed.cost.cycles.value();
    out += fmt::format("; the analytic model has {} ({:+.3f} %)", costed.cost.cycles.text(),
                       100 * share_of(static_cast<double>(simulated.cycles) - analytic, analytic));
  }
  out += fmt::format("\n{} of the cycles were skipped as repetitions of a steady state\n",
                     simulated.skipped_cycles);
  if (costed.bound) {
    out += untyped_text(costed);
    out += '\n';
    out += engine_table(simulated);
    out += '\n';
    out += waterfall(simulated);
    out += registers(simulated);
  }
  for (const std::string& difference : simulated.differences)
    out += "differs: " + difference + "\n";
  for (const SimulatedPart& part : simulated.parts)
    out += fmt::format("\n{}: {}", part.name, simulation_text(part.simulated));
  return out;
}

}  // namespace einfall::explore
