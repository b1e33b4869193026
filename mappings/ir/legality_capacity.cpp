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

/// What one tensor takes, and where that is written.
struct Share {
  base::SourceSpan span;
  std::int64_t amount = 0;
  std::string text;  // "'K' takes 512 B"
};

// The constraint, with what every tensor contributes; located at the largest.
void report_full(Binder& binder, const char* code, std::string message, std::string help,
                 const std::vector<Share>& shares, const base::SourceSpan& declared) {
  const auto largest =
      std::max_element(shares.begin(), shares.end(),
                       [](const Share& a, const Share& b) { return a.amount < b.amount; });
  base::Diagnostic full = base::error(code, largest->span, std::move(message), std::move(help));
  for (const Share& share : shares) full.notes.push_back({share.span, share.text});
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
  std::vector<Share> shares;
  for (const KeepId keep_id : occupancy.keeps) {
    const BoundKeep& keep = binder.bound[keep_id];
    const std::int64_t bytes = bytes_of(binder.bound, keep);
    shares.push_back(
        {binder.bound.keep_spans[keep_id.index()], bytes,
         fmt::format("'{}' takes {}", binder.name_of(keep.tensor), bytes_text(bytes))});
  }
  report_full(binder, "E815",
              fmt::format("memory '{}' would have to hold {}, it has {}: {} too much", memory.name,
                          bytes_text(occupancy.amount), bytes_text(capacity),
                          bytes_text(occupancy.amount - capacity)),
              "keep less, cut ranks into smaller tiles, or let a part spill (`resident`)", shares,
              memory.capacity->span);
}

void check_registers(Binder& binder, UnitId id) {
  const arch::ComputeUnit& unit = binder.machine.units[id.index()];
  const Occupancy occupancy = register_occupancy(binder.bound, binder.machine, id);
  if (occupancy.amount <= unit.registers.entries) return;
  std::vector<Share> shares;
  for (const KeepId keep_id : occupancy.keeps) {
    const BoundKeep& keep = binder.bound[keep_id];
    const std::int64_t entries = entries_of(binder.bound, binder.machine, keep);
    shares.push_back(
        {binder.bound.keep_spans[keep_id.index()], entries,
         fmt::format("'{}' takes {} of each lane", binder.name_of(keep.tensor), entries)});
  }
  for (const Wait& wait : occupancy.waits) {
    const std::int64_t entries = entries_of(binder.machine, wait);
    shares.push_back(
        {binder.step_spans[wait.producer.index()], entries,
         fmt::format("'{}' waits here for '{}', which does not step along with it, "
                     "and takes {} of each lane",
                     binder.name_of(wait.producer), binder.name_of(wait.reader), entries)});
  }
  report_full(
      binder, "E816",
      fmt::format("each lane of '{}' would have to hold {} registers, it has {}: {} too many",
                  unit.name, occupancy.amount, unit.registers.entries,
                  occupancy.amount - unit.registers.entries),
      "keep less there, keep what waits in a memory, or make a loop of the ranks that its lanes "
      "step through",
      shares, unit.span);
}

}  // namespace

void check_capacity(Binder& binder) {
  for (std::size_t m = 0; m < binder.machine.memories.size(); ++m)
    check_memory(binder, MemoryId(m));
  for (std::size_t u = 0; u < binder.machine.units.size(); ++u) check_registers(binder, UnitId(u));
}

}  // namespace einfall::mappings
