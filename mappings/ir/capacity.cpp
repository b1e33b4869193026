#include "mappings/ir/capacity.hpp"

#include <algorithm>
#include <functional>

#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 62;

std::int64_t saturating_add(std::int64_t a, std::int64_t b) { return std::min(kMost - a, b) + a; }

// ceil(amount * numerator / denominator) without overflow; denominators are at most 2^20.
std::int64_t share(std::int64_t amount, std::int64_t numerator, std::int64_t denominator) {
  const std::int64_t whole = saturating_mul(amount / denominator, numerator);
  return saturating_add(whole, base::ceil_div((amount % denominator) * numerator, denominator));
}

// Slices of a keep that are alive at once because several tasks are.
std::int64_t slices_at_once(const BoundMapping& bound, const BoundKeep& keep) {
  if (keep.of_instance) return 1;
  const bool of_a_task = (PartSet(bound.distributed) - PartSet(bound[keep.node].path)).empty();
  return of_a_task ? std::min(bound.tasks, bound.slots) : 1;
}

// Bytes without regard to sharing.
std::int64_t own_bytes(const BoundMapping& bound, const BoundKeep& keep) {
  const std::int64_t bits =
      saturating_mul(saturating_mul(saturating_mul(keep.slice, keep.bits), keep.copies),
                     slices_at_once(bound, keep));
  return share(base::ceil_div(bits, 8), keep.resident_numerator, keep.resident_denominator);
}

using KeepAmount = std::function<std::int64_t(const BoundKeep&)>;
using LeafOccupancy = std::function<Occupancy(NodeId)>;

// The outermost node with a loop that a slice lives through: until that loop is through, all below
// runs beside it. Its own node if there is none such.
NodeId held_in(const BoundMapping& bound, const BoundKeep& keep) {
  const PartSet renewing = renewing_loops(bound, keep);
  NodeId out = keep.node;
  for (NodeId node = keep.node; node.valid(); node = bound[node].parent) {
    const std::vector<PartId>& loops = bound[node].loops;
    if (std::any_of(loops.begin(), loops.end(),
                    [&](PartId loop) { return bound[loop].trips > 1 && !renewing.has(loop); }))
      out = node;
  }
  return out;
}

std::vector<NodeId> held_in(const BoundMapping& bound) {
  std::vector<NodeId> out;
  for (const BoundKeep& keep : bound.keeps) out.push_back(held_in(bound, keep));
  return out;
}

// The fullest moment at or inside a node, `held` giving where each keep stays, `amount` what it
// takes here (0: elsewhere) and `in_leaf` what a leaf takes beside that.
Occupancy fullest(const BoundMapping& bound, NodeId node, const std::vector<NodeId>& held,
                  const KeepAmount& amount, const LeafOccupancy& in_leaf) {
  Occupancy out = in_leaf(node);
  for (const NodeId child : bound[node].children) {
    Occupancy inner = fullest(bound, child, held, amount, in_leaf);
    if (inner.amount > out.amount) out = std::move(inner);
  }
  for (std::size_t k = 0; k < held.size(); ++k) {
    const KeepId id(k);
    if (held[k] != node) continue;
    const std::int64_t here = amount(bound[id]);
    if (here == 0) continue;
    out.amount = saturating_add(out.amount, here);
    out.keeps.push_back(id);
  }
  return out;
}

Occupancy fullest(const BoundMapping& bound, const KeepAmount& amount,
                  const LeafOccupancy& in_leaf) {
  Occupancy out;
  const std::vector<NodeId> held = held_in(bound);
  for (const NodeId root : bound.roots) {
    Occupancy inner = fullest(bound, root, held, amount, in_leaf);
    if (inner.amount > out.amount) out = std::move(inner);
  }
  return out;
}

}  // namespace

std::int64_t bytes_of(const BoundMapping& bound, const BoundKeep& keep) {
  const std::int64_t bytes = own_bytes(bound, keep);
  if (!keep.in_place_of) return bytes;
  return std::max<std::int64_t>(0, bytes - own_bytes(bound, bound[*keep.in_place_of]));
}

std::int64_t entries_of(const BoundMapping& bound, const arch::Machine& machine,
                        const BoundKeep& keep) {
  const arch::ComputeUnit& unit = machine.units[keep.unit->index()];
  const PartSet within = inside(bound, bound[keep.node].path);
  std::int64_t most = 0;
  for (const BoundEinsum& step : bound.einsums) {
    if (step.unit != *keep.unit) continue;
    // Elements of one lane: the parts laid over the lanes stand still there, and each lane serves
    // as many of them as there are passes over the unit.
    const PartSet lanes = PartSet(step.rows) | PartSet(step.columns);
    const auto count = [&](const BoundAccess& access) {
      if (access.tensor != keep.tensor) return;
      const std::int64_t folds = saturating_mul(step.row_tiles, step.column_tiles);
      most = std::max(most, saturating_mul(elements(bound, access.access, within - lanes), folds));
    };
    for (const BoundAccess& read : step.reads) count(read);
    count(step.write);
  }
  const std::int64_t registers =
      base::ceil_div(keep.bits, std::max<std::int64_t>(1, unit.registers.width.value()));
  // Each instance has registers of its own; a single one works for all tasks.
  const std::int64_t slices = unit.instances == 1 ? slices_at_once(bound, keep) : 1;
  return saturating_mul(saturating_mul(most, registers), saturating_mul(keep.copies, slices));
}

std::int64_t entries_of(const arch::Machine& machine, const Wait& wait) {
  const std::int64_t width = machine.units[wait.unit.index()].registers.width.value();
  const std::int64_t bits = machine.word.value() * 8;
  return saturating_mul(wait.elements, base::ceil_div(bits, std::max<std::int64_t>(1, width)));
}

Occupancy memory_occupancy(const BoundMapping& bound, MemoryId memory) {
  return fullest(
      bound,
      [&](const BoundKeep& keep) {
        return keep.memory == memory ? bytes_of(bound, keep) : std::int64_t{0};
      },
      [](NodeId) { return Occupancy{}; });
}

Occupancy register_occupancy(const BoundMapping& bound, const arch::Machine& machine, UnitId unit) {
  // Of a value that several wait for, the longest wait.
  std::vector<Wait> waits;
  for (const Wait& wait : leaf_waits(bound)) {
    if (wait.unit != unit) continue;
    const auto same = std::find_if(waits.begin(), waits.end(),
                                   [&](const Wait& w) { return w.producer == wait.producer; });
    if (same == waits.end())
      waits.push_back(wait);
    else if (same->elements < wait.elements)
      *same = wait;
  }
  return fullest(
      bound,
      [&](const BoundKeep& keep) {
        return keep.unit == unit ? entries_of(bound, machine, keep) : std::int64_t{0};
      },
      [&](NodeId node) {
        Occupancy out;
        for (const Wait& wait : waits) {
          if (bound[wait.producer].node != node) continue;
          out.amount = saturating_add(out.amount, entries_of(machine, wait));
          out.waits.push_back(wait);
        }
        return out;
      });
}

bool all_fits(const BoundMapping& bound, const arch::Machine& machine, const BindOptions& options) {
  for (std::size_t m = 0; m < machine.memories.size(); ++m) {
    const arch::Memory& memory = machine.memories[m];
    const auto other = options.sizing_capacity.find(memory.name);
    if (!memory.capacity && other == options.sizing_capacity.end()) continue;
    const std::int64_t capacity = other != options.sizing_capacity.end()
                                      ? other->second.value()
                                      : memory.capacity->value.value();
    if (memory_occupancy(bound, MemoryId(m)).amount > capacity) return false;
  }
  for (std::size_t u = 0; u < machine.units.size(); ++u)
    if (register_occupancy(bound, machine, UnitId(u)).amount > machine.units[u].registers.entries)
      return false;
  return true;
}

}  // namespace einfall::mappings
