#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/capacity.hpp"
#include "mappings/ir/legality.hpp"

namespace einfall::mappings {
namespace {

// "524288 B (512 KiB)"
std::string bytes_text(std::int64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) value /= 1024, ++unit;
  return unit == 0 ? fmt::format("{} B", bytes)
                   : fmt::format("{} B ({:.4g} {})", bytes, value, units[unit]);
}

// The constraint, with what every keep contributes; located at the largest.
template <class Amount>
void report_full(Binder& binder, const char* code, std::string message, const std::string& help,
                 const Occupancy& occupancy, const base::SourceSpan& declared,
                 const Amount& amount) {
  const auto largest =
      std::max_element(occupancy.keeps.begin(), occupancy.keeps.end(), [&](KeepId a, KeepId b) {
        return amount(binder.bound[a]).first < amount(binder.bound[b]).first;
      });
  base::Diagnostic full =
      base::error(code, binder.bound.keep_spans[largest->index()], std::move(message), help);
  for (const KeepId keep : occupancy.keeps)
    full.notes.push_back({binder.bound.keep_spans[keep.index()],
                          fmt::format("'{}' takes {}", binder.name_of(binder.bound[keep].tensor),
                                      amount(binder.bound[keep]).second)});
  full.notes.push_back({declared, "declared here"});
  binder.sink.push_back(std::move(full));
}

void check_memory(Binder& binder, MemoryId id) {
  const arch::Memory& memory = binder.machine.memories[id.index()];
  const auto& unchecked = binder.options.unchecked_capacity;
  if (!memory.capacity ||
      std::find(unchecked.begin(), unchecked.end(), memory.name) != unchecked.end())
    return;
  const Occupancy occupancy = memory_occupancy(binder.bound, id);
  const std::int64_t capacity = memory.capacity->value.value();
  if (occupancy.amount <= capacity) return;
  report_full(binder, "E815",
              fmt::format("memory '{}' would have to hold {}, it has {}: {} too much", memory.name,
                          bytes_text(occupancy.amount), bytes_text(capacity),
                          bytes_text(occupancy.amount - capacity)),
              "keep less, cut ranks into smaller tiles, or let a part spill (`resident`)",
              occupancy, memory.capacity->span, [&](const BoundKeep& keep) {
                const std::int64_t bytes = bytes_of(binder.bound, keep);
                return std::pair(bytes, bytes_text(bytes));
              });
}

void check_registers(Binder& binder, UnitId id) {
  const arch::ComputeUnit& unit = binder.machine.units[id.index()];
  const Occupancy occupancy = register_occupancy(binder.bound, binder.machine, id);
  if (occupancy.amount <= unit.registers.entries) return;
  report_full(
      binder, "E816",
      fmt::format("each lane of '{}' would have to hold {} registers, it has {}: {} too many",
                  unit.name, occupancy.amount, unit.registers.entries,
                  occupancy.amount - unit.registers.entries),
      "keep less there, or cut the ranks that its lanes step through", occupancy, unit.span,
      [&](const BoundKeep& keep) {
        const std::int64_t entries = entries_of(binder.bound, binder.machine, keep);
        return std::pair(entries, fmt::format("{} of each lane", entries));
      });
}

}  // namespace

void check_capacity(Binder& binder) {
  for (std::size_t m = 0; m < binder.machine.memories.size(); ++m)
    check_memory(binder, MemoryId(m));
  for (std::size_t u = 0; u < binder.machine.units.size(); ++u) check_registers(binder, UnitId(u));
}

}  // namespace einfall::mappings
