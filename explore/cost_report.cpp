#include "explore/cost_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text_table.hpp"
#include "explore/cost_sources.hpp"
#include "explore/dispatch_report.hpp"
#include "explore/untyped.hpp"
#include "mappings/schedule/waterfall.hpp"

namespace einfall::explore {
namespace {

using base::TextTable;
constexpr auto kLeft = TextTable::Align::kLeft;
constexpr auto kRight = TextTable::Align::kRight;

std::string einsum_of(const Costed& costed, mappings::StepId step) {
  return (*costed.cascade)[(*costed.bound)[step].einsum].name;
}

std::string header(const Costed& costed) {
  std::string out = costed.scenario.name;
  for (const auto& [name, value] : costed.scenario.parameters)
    out += fmt::format("  {}={}", name, value);
  out += "\n";
  if (!costed.scenario.quirks.empty())
    out += fmt::format("quirks: {}\n", fmt::join(costed.scenario.quirks, " "));
  if (!costed.scenario.idle_quirks.empty())
    out += fmt::format("quirks without effect here: {}\n",
                       fmt::join(costed.scenario.idle_quirks, " "));
  return out;
}

std::string totals(const Costed& costed) {
  std::string out = fmt::format("time {:.9g} s", costed.time_s);
  if (costed.bound) out += fmt::format(" = {} cycles", costed.cost.cycles.text());
  if (costed.energy_known) out += fmt::format(", energy {:.7g} J", costed.energy_j);
  out += fmt::format(", DRAM {:.9g} GB", costed.dram_bytes * 1e-9);
  const AreaAccount area = area_account(costed);
  if (area.note.empty()) out += fmt::format(", area {:.7g} mm2", area.mm2);
  out += "\n";
  if (const std::string note = energy_note(costed); !note.empty())
    out += fmt::format("energy not known: {}\n", note);
  if (!area.note.empty()) out += fmt::format("area not known: {}\n", area.note);
  return out;
}

std::string section_tables(const Costed& costed) {
  std::string out;
  std::size_t number = 0;
  for (const mappings::SectionTime& section : costed.cost.latency.sections) {
    out += fmt::format("\nsection {}: {} cycles; its phases {}, DRAM alone {:.1f}\n", ++number,
                       section.cycles.text(), section.compute, section.memory.value());
    TextTable table({{"phase", kRight},
                     {"unit", kLeft},
                     {"busy", kRight},
                     {"waits", kRight},
                     {"phase takes", kRight}});
    std::size_t phase_number = 0;
    for (const mappings::PhaseTime& phase : section.phases) {
      ++phase_number;
      bool first = true;
      for (const mappings::UnitShare& share : phase.units) {
        table.add({std::to_string(phase_number), costed.machine->units[share.unit].name,
                   std::to_string(share.busy), std::to_string(share.wait),
                   first ? std::to_string(phase.cycles) : ""});
        first = false;
      }
      for (std::size_t m = 0; m < phase.ports.size(); ++m)
        if (phase.ports[m] > 0)
          table.add({std::to_string(phase_number), costed.machine->memories[m].name + " ports",
                     std::to_string(phase.ports[m]), "0", ""});
      if (phase.drain > 0)
        table.add({std::to_string(phase_number), "drain", "0", std::to_string(phase.drain), ""});
    }
    if (section.fill_and_drain > 0)
      table.add({"", "fill and drain", "", "", std::to_string(section.fill_and_drain)});
    out += table.text(2);
  }
  return out;
}

std::string pipeline_text(const Costed& costed) {
  const mappings::PipelineTime& pipeline = *costed.cost.pipeline;
  const mappings::Timetable& table = pipeline.timetable;
  std::string out = fmt::format(
      "\npipeline: interval {} cycles{}, {} stages, {}{} epochs a run, {} runs\n"
      "one run: prologue {} + steady state {} + epilogue {} = {} cycles without waiting; {} by the "
      "exact recurrence\n",
      table.interval,
      pipeline.interval() > table.interval ? fmt::format(" (ports need {})", pipeline.interval())
                                           : "",
      table.stages(), table.masked.empty() ? "" : "up to ", table.longest(), table.runs,
      table.prologue(), table.steady_state(), table.epilogue(), table.run_cycles(),
      pipeline.run.cycles);
  TextTable bounds({{"bound on the interval", kLeft}, {"cycles", kRight}});
  for (std::size_t u = 0; u < costed.machine->units.size(); ++u)
    bounds.add({costed.machine->units[u].name, std::to_string(table.bounds.resource[u])});
  bounds.add({"carried values", std::to_string(table.bounds.recurrence)});
  for (std::size_t m = 0; m < pipeline.ports.size(); ++m)
    if (mappings::Exact(0) < pipeline.ports[m])
      bounds.add({costed.machine->memories[m].name + " ports",
                  fmt::format("{:.2f}", pipeline.ports[m].value())});
  bounds.add(
      {costed.machine->memories.front().name, fmt::format("{:.2f}", pipeline.memory.value())});
  return out + bounds.text(2) + "\n" +
         mappings::waterfall(*costed.cascade, *costed.machine, *costed.bound, table);
}

std::string einsum_table(const Costed& costed) {
  TextTable table({{"Einsum", kLeft},
                   {"unit", kLeft},
                   {"issued points", kRight},
                   {"useful", kRight},
                   {"cycles", kRight},
                   {"lanes used", kRight}});
  const double cycles = costed.cost.cycles.value();
  const auto mark = [](bool exact) { return exact ? "" : "<= "; };
  std::vector<bool> exact(costed.machine->units.size(), true);
  for (std::size_t i = 0; i < costed.bound->einsums.size(); ++i) {
    const mappings::BoundEinsum& step = costed.bound->einsums[i];
    const mappings::StepCounts& counts = costed.cost.counts.steps[i];
    const arch::ComputeUnit& unit = costed.machine->units[step.unit.index()];
    exact[step.unit.index()] = exact[step.unit.index()] && counts.useful_exact;
    table.add({einsum_of(costed, mappings::StepId(i)), unit.name, std::to_string(counts.points),
               fmt::format("{}{}", mark(counts.useful_exact), counts.useful),
               std::to_string(counts.busy_cycles),
               fmt::format("{}{:.5f}", mark(counts.useful_exact),
                           share_of(counts.lane_cycles.value(),
                                    static_cast<double>(unit.lanes()) * cycles))});
  }
  for (std::size_t u = 0; u < costed.machine->units.size(); ++u)
    table.add({"sum", costed.machine->units[u].name, "", "", costed.cost.units[u].busy.text(),
               fmt::format("{}{:.5f}", mark(exact[u]), costed.cost.units[u].utilization)});
  return "\n" + table.text();
}

std::string place_name(const Costed& costed, const mappings::Place& place) {
  return place.memory ? costed.machine->memories[place.index].name
                      : costed.machine->units[place.index].name;
}

std::string traffic_table(const Costed& costed) {
  TextTable table({{"tensor", kLeft},
                   {"why", kLeft},
                   {"for", kLeft},
                   {"from", kLeft},
                   {"to", kLeft},
                   {"bytes read", kRight},
                   {"bytes written", kRight}});
  const auto bytes = [](const std::optional<mappings::Exact>& moved) {
    return moved ? moved->text() : std::string();
  };
  for (const TrafficLine& line : traffic_lines(costed))
    table.add({line.tensor, line.why, line.einsum, line.from, line.to, bytes(line.read_bytes),
               bytes(line.write_bytes)});
  std::string out = "\n" + table.text();
  TextTable sums({{"memory", kLeft},
                  {"bytes read", kRight},
                  {"bytes written", kRight},
                  {"kept", kRight},
                  {"capacity", kRight}});
  for (std::size_t m = 0; m < costed.machine->memories.size(); ++m) {
    const arch::Memory& memory = costed.machine->memories[m];
    const mappings::MemoryUse& use = costed.cost.memories[m];
    sums.add({memory.name, use.traffic.read_bytes.text(), use.traffic.write_bytes.text(),
              std::to_string(use.bytes_kept),
              memory.capacity ? std::to_string(memory.capacity->value.value()) : ""});
  }
  return out + "\n" + sums.text();
}

// The largest unit of which the total has one at least, so that rows have few zeros.
struct JouleUnit {
  std::string name = "J";
  int power = 0;  // 10^-power joules
};
JouleUnit joule_unit(double joules) {
  JouleUnit unit;
  for (const char* name : {"mJ", "uJ", "nJ", "pJ"}) {
    if (joules >= std::pow(10.0, -unit.power) || joules == 0) break;
    unit = {name, unit.power + 3};
  }
  return unit;
}

std::string energy_table(const Costed& costed) {
  if (!costed.energy_known) return {};
  const JouleUnit unit = joule_unit(costed.energy_j);
  const auto amount = [&](double joules) {
    return fmt::format("{:.{}f}", joules * std::pow(10.0, unit.power),
                       std::max(0, costed.cost.energy_decimals - unit.power));
  };
  TextTable table({{"Einsum", kLeft},
                   {"part", kLeft},
                   {"action", kLeft},
                   {"count", kRight},
                   {"pJ", kRight},
                   {unit.name, kRight},
                   {"share", kRight},
                   {"from", kLeft}});
  RowNotes notes;
  for (const EnergyLine& line : energy_lines(costed)) {
    if (line.count == 0) continue;
    table.add({line.einsum, line.part, line.action, fmt::format("{:.10g}", line.count),
               fmt::format("{:.6g}", line.picojoules), amount(line.joules),
               fmt::format("{:.2f} %", 100 * line.joules / costed.energy_j),
               line.rows.empty() ? "not priced" : notes.marks(line.rows)});
  }
  table.add({"sum", "", "", "", "", amount(costed.energy_j), "", ""});
  return "\n" + table.text() + notes.text();
}

std::string parts_table(const Costed& costed) {
  TextTable table({{"part", kLeft}, {"time s", kRight}, {"energy J", kRight}, {"DRAM GB", kRight}});
  for (const auto& [name, part, times] : costed.parts)
    table.add({times == 1 ? name : fmt::format("{} (one of {})", name, times),
               fmt::format("{:.9g}", part.time_s), fmt::format("{:.7g}", part.energy_j),
               fmt::format("{:.9g}", part.dram_bytes * 1e-9)});
  table.add({"sum", fmt::format("{:.9g}", costed.time_s), fmt::format("{:.7g}", costed.energy_j),
             fmt::format("{:.9g}", costed.dram_bytes * 1e-9)});
  return "\n" + table.text();
}

}  // namespace

std::string cost_text(const Costed& costed) {
  std::string out = header(costed) + totals(costed);
  if (!costed.bound) return out + parts_table(costed) + untyped_text(costed);
  std::string bounds;
  for (const Limit& limit : limits(costed))
    bounds +=
        fmt::format("{}{} {:.1f} %", bounds.empty() ? "" : ", ", limit.what, 100 * limit.share);
  out += "busy: " + bounds + "\n";
  if (costed.cost.dispatch)
    out += dispatch_text(costed);
  else
    out += costed.cost.pipeline ? pipeline_text(costed) : section_tables(costed);
  return out + einsum_table(costed) + traffic_table(costed) + untyped_text(costed) +
         energy_table(costed) + area_table(area_account(costed));
}

std::vector<EnergyLine> energy_lines(const Costed& costed) {
  std::vector<EnergyLine> out;
  for (const mappings::EnergyPart& part : costed.cost.energy) {
    EnergyLine line;
    line.einsum = einsum_of(costed, part.step);
    line.count = part.count;
    line.picojoules = part.picojoules;
    line.joules = part.joules;
    const char* const direction = part.write ? "write" : "read";
    switch (part.kind) {
      case mappings::EnergyKind::kOperator:
        line.part = costed.machine->units[part.place].name;
        line.action = costed.machine->units[part.place].operators[part.op].name;
        break;
      case mappings::EnergyKind::kRegister:
        line.part = costed.machine->units[part.place].name;
        line.action = fmt::format("register {}", direction);
        break;
      case mappings::EnergyKind::kMemory:
        line.part = costed.machine->memories[part.place].name;
        line.action = fmt::format("{} {} ({})", direction, (*costed.cascade)[part.tensor].name,
                                  mappings::name(part.flow));
        break;
    }
    if (costed.energy_known) line.rows = energy_rows(*costed.machine, part);
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<TrafficLine> traffic_lines(const Costed& costed) {
  std::vector<TrafficLine> lines;
  for (const mappings::Flow& flow : costed.cost.counts.flows) {
    const mappings::Exact bytes(flow.bits, 8);
    TrafficLine line{(*costed.cascade)[flow.tensor].name,
                     std::string(mappings::name(flow.kind)),
                     einsum_of(costed, flow.step),
                     place_name(costed, flow.from),
                     place_name(costed, flow.to),
                     {},
                     {}};
    if (flow.from.memory) line.read_bytes = mappings::words_read(flow) * bytes;
    if (flow.to.memory) line.write_bytes = mappings::words_written(flow) * bytes;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Limit> limits(const Costed& costed) {
  std::vector<Limit> out;
  const mappings::Cost& cost = costed.cost;
  const double cycles = cost.cycles.value();
  for (std::size_t u = 0; u < costed.machine->units.size(); ++u)
    out.push_back({costed.machine->units[u].name, share_of(cost.units[u].busy.value(), cycles)});
  for (std::size_t m = 0; m < costed.machine->memories.size(); ++m) {
    const arch::Memory& memory = costed.machine->memories[m];
    const mappings::MemoryTraffic& traffic = cost.memories[m].traffic;
    if (memory.bandwidth)
      out.push_back({memory.name, share_of(traffic.bytes().value() /
                                               static_cast<double>(memory.bandwidth->value()),
                                           costed.time_s)});
    else if (const std::int64_t ports = mappings::port_cycles(memory, traffic); ports > 0)
      out.push_back(
          {memory.name + " ports",
           share_of(static_cast<double>(ports) / static_cast<double>(memory.instances), cycles)});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Limit& a, const Limit& b) { return a.share > b.share; });
  return out;
}

}  // namespace einfall::explore
