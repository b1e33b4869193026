#include "explore/dispatch_report.hpp"

#include <fmt/format.h>

#include "base/text_table.hpp"
#include "explore/cost_report.hpp"

namespace einfall::explore {

std::string dispatch_text(const Costed& costed) {
  using base::TextTable;
  const mappings::DispatchTime& time = *costed.cost.dispatch;
  std::string out = fmt::format(
      "\n{} tasks on {} instances, {} at a time on each: {:.2f} rounds; tasks take {:.0f} cycles, "
      "{} {:.0f} for {:.9g} GB\n",
      time.tasks, time.instances, time.residents,
      static_cast<double>(time.tasks) / static_cast<double>(time.instances * time.residents),
      time.makespan, costed.machine->memories.front().name, time.memory, time.bytes * 1e-9);
  TextTable table({{"cycles of the run", TextTable::Align::kLeft},
                   {"cycles", TextTable::Align::kRight},
                   {"share", TextTable::Align::kRight}});
  for (const mappings::Effect& effect : time.effects)
    if (effect.cycles > 0)
      table.add({effect.name, fmt::format("{:.0f}", effect.cycles),
                 fmt::format("{:.2f} %", 100 * share_of(effect.cycles, time.cycles))});
  table.add({"sum", fmt::format("{:.0f}", time.cycles), ""});
  return out + table.text(2);
}

}  // namespace einfall::explore
