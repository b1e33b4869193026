#include "mappings/model/stepped.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

// The leaf that is visited most, and the most visits of any Einsum outside of it.
struct Iterations {
  NodeId leaf;
  std::int64_t all = 0;
  std::int64_t with_tail = 0;
};

std::optional<Iterations> iterations(const BoundMapping& bound, const BoundSection& section) {
  Iterations out;
  for (const BoundPhase& phase : section.phases)
    for (const StepId id : phase.einsums)
      if (bound[id].visits > out.all) {
        out.all = bound[id].visits;
        out.leaf = bound[id].node;
      }
  if (out.all == 0) return std::nullopt;
  for (const BoundPhase& phase : section.phases)
    for (const StepId id : phase.einsums) {
      if (bound[id].node == out.leaf) continue;
      if (bound[id].visits >= out.all) return std::nullopt;
      out.with_tail = std::max(out.with_tail, bound[id].visits);
    }
  return out;
}

}  // namespace

std::optional<Exact> stepped_cycles(const BoundMapping& bound, const Counts& counts,
                                    const BoundSection& section, const SectionTime& times) {
  if (bound.slots > 1) return std::nullopt;  // tasks on other instances go on at a barrier
  const auto steps = iterations(bound, section);
  if (!steps) return std::nullopt;
  Exact sum = 0;
  for (std::size_t p = 0; p < section.phases.size(); ++p) {
    Exact plain = 0;  // cycles of this phase in an iteration without and with a tail
    Exact tailed = 0;
    for (const UnitShare& share : times.phases[p].units) {
      std::int64_t in_leaf = share.wait;
      std::int64_t in_tail = 0;
      for (const StepId id : section.phases[p].einsums)
        if (bound[id].unit.index() == share.unit)
          (bound[id].node == steps->leaf ? in_leaf : in_tail) +=
              counts.steps[id.index()].busy_cycles;
      const Exact each(in_leaf, steps->all);
      plain = max(plain, each);
      tailed = max(tailed, in_tail == 0 ? each : each + Exact(in_tail, steps->with_tail));
    }
    for (const std::int64_t ports : times.phases[p].ports) {
      plain = max(plain, Exact(ports, steps->all));
      tailed = max(tailed, Exact(ports, steps->all));
    }
    sum += plain * Exact(steps->all - steps->with_tail) + tailed * Exact(steps->with_tail) +
           Exact(times.phases[p].drain);
  }
  return sum;
}

}  // namespace einfall::mappings
