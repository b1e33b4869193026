#include "mappings/schedule/waterfall.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace einfall::mappings {
namespace {

char letter(std::size_t op) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return kLetters[op % kLetters.size()];
}

// What a unit does in the steady state, seen over one interval.
std::string lane(const Timetable& t, std::size_t unit, std::size_t columns) {
  std::string out(columns, '.');
  for (std::size_t o = 0; o < t.ops.size(); ++o) {
    const TimetableOp& op = t.ops[o];
    if (op.unit != unit) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      // The middle of the stretch of cycles that this character stands for.
      const std::int64_t at = (2 * static_cast<std::int64_t>(c) + 1) * t.interval /
                              (2 * static_cast<std::int64_t>(columns));
      const std::int64_t since = ((at - op.start) % t.interval + t.interval) % t.interval;
      if (since < op.timing.issue) out[c] = letter(o);
    }
  }
  return out;
}

}  // namespace

std::string waterfall(const einsum::Cascade& cascade, const arch::Machine& machine,
                      const BoundMapping& bound, const Timetable& t, std::size_t columns) {
  columns = std::min<std::size_t>(columns, static_cast<std::size_t>(t.interval));
  std::string out = fmt::format("{:<3} {:<12} {:<12} {:>6} {:>8} {:>8} {:>8} {:>6}\n", "", "einsum",
                                "unit", "stage", "offset", "issue", "result", "alive");
  for (std::size_t o = 0; o < t.ops.size(); ++o) {
    const TimetableOp& op = t.ops[o];
    std::string names;
    for (const StepId step : op.tile)
      names += (names.empty() ? "" : "+") + cascade[bound[step].einsum].name;
    out += fmt::format("{:<3} {:<12} {:<12} {:>6} {:>8} {:>8} {:>8} {:>6}\n", letter(o), names,
                       machine.units[op.unit].name, op.start / t.interval, op.start % t.interval,
                       op.timing.issue, op.start + op.timing.first_result, t.live_values[o]);
  }
  out += fmt::format("\none interval of {} cycles:\n", t.interval);
  std::size_t width = 0;
  for (const arch::ComputeUnit& unit : machine.units) width = std::max(width, unit.name.size());
  for (std::size_t u = 0; u < machine.units.size(); ++u)
    out += fmt::format("{:<{}} |{}|\n", machine.units[u].name, width, lane(t, u, columns));
  return out;
}

}  // namespace einfall::mappings
