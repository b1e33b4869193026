#include <fmt/format.h>

#include <algorithm>

#include "base/text_table.hpp"
#include "explore/comparison.hpp"
#include "explore/cost_report.hpp"

namespace einfall::explore {
namespace {

using base::TextTable;
using mappings::Exact;
constexpr auto kLeft = TextTable::Align::kLeft;
constexpr auto kRight = TextTable::Align::kRight;

std::string title(const Costed& costed) {
  std::string out = costed.scenario.name;
  for (const auto& [key, value] : costed.scenario.parameters) out += " " + value;
  return out;
}

std::string busiest(const Costed& costed, double cycles) {
  if (!costed.bound) return {};
  const Limit limit = limits(costed).front();
  return fmt::format("{} {:.1f} %", limit.what,
                     100 * share_of(limit.share * costed.cost.cycles.value(), cycles));
}

// "" where a run takes no time.
std::string times_faster(double first_s, double time_s) {
  return time_s > 0 ? fmt::format("{:.3f}", first_s / time_s) : "";
}

std::string joules(bool known, double energy) { return known ? fmt::format("{:.6g}", energy) : ""; }

std::string summary(const std::vector<Compared>& all) {
  TextTable table({{"scenario", kLeft},
                   {"witness", kLeft},
                   {"time s", kRight},
                   {"times faster", kRight},
                   {"energy J", kRight},
                   {"DRAM GB", kRight},
                   {"busiest", kLeft}});
  const Compared& first = all.front();
  for (const Compared& compared : all) {
    const Costed& costed = compared.costed;
    table.add({title(costed), "analytic", fmt::format("{:.6g}", costed.time_s),
               times_faster(first.costed.time_s, costed.time_s),
               joules(costed.energy_known, costed.energy_j),
               fmt::format("{:.6g}", costed.dram_bytes * 1e-9),
               busiest(costed, costed.bound ? costed.cost.cycles.value() : 1)});
    if (!compared.simulated) {
      table.add({"", "simulator", "", "", "", "", "does not execute it"});
      continue;
    }
    const Simulated& simulated = *compared.simulated;
    table.add({"", "simulator", fmt::format("{:.6g}", simulated.time_s),
               first.simulated ? times_faster(first.simulated->time_s, simulated.time_s) : "",
               joules(simulated.energy_known, simulated.energy_j),
               fmt::format("{:.6g}", simulated.dram_bytes * 1e-9),
               busiest(costed, static_cast<double>(simulated.cycles))});
  }
  return table.text();
}

std::string optional_cycles(const std::optional<Exact>& value) {
  return value ? cycles_text(*value) : "";
}
std::string difference(const Exact& value) {
  return value == 0 ? "" : (0 < value ? "+" : "") + cycles_text(value);
}

std::string time_table(const Attribution& time, const Simulated& simulated) {
  TextTable table({{"cycles of " + time.unit, kLeft},
                   {"simulated", kRight},
                   {"analytic", kRight},
                   {"difference", kRight}});
  for (const TimeLine& line : time.lines)
    table.add(
        {(line.detail ? "  " : "") + line.what, optional_cycles(line.simulated),
         optional_cycles(line.analytic),
         line.detail ? "" : difference(line.simulated.value_or(0) - line.analytic.value_or(0))});
  table.add({"sum", std::to_string(simulated.cycles), cycles_text(simulated.costed.cost.cycles),
             difference(time.excess)});
  return table.text(2);
}

std::string counts_table(const Simulated& simulated) {
  TextTable table({{"count", kLeft}, {"simulated", kRight}, {"analytic", kRight}, {"", kLeft}});
  for (const SimulatedCount& count : simulated.counts)
    table.add({count.what, count.simulated.text(), count.analytic.text(),
               count.simulated == count.analytic ? "" : "differs"});
  return table.text(2);
}

std::string differences(const Simulated& simulated, const std::string& name, bool counts) {
  std::string out;
  for (const SimulatedPart& part : simulated.parts)
    out += differences(part.simulated, name + ", " + part.name, counts);
  if (!simulated.parts.empty()) return out;
  const Attribution time = attribution(simulated);
  out = fmt::format("\n{}: simulated {:+.3f} %\n", name,
                    100 * share_of(time.excess.value(), simulated.costed.cost.cycles.value())) +
        time_table(time, simulated);
  if (simulated.differences.empty())
    out += fmt::format("  all {} counts (busy cycles, bytes, words) are equal\n",
                       simulated.counts.size());
  for (const std::string& different : simulated.differences)
    out += "  differs: " + different + "\n";
  return counts ? out + counts_table(simulated) : out;
}

}  // namespace

std::string comparison_text(const std::vector<Compared>& all, bool counts) {
  std::string out = summary(all);
  for (const Compared& compared : all)
    if (compared.simulated) out += differences(*compared.simulated, title(compared.costed), counts);
  return out;
}

}  // namespace einfall::explore
