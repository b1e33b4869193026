#include "mappings/schedule/leaf_phases.hpp"

#include <algorithm>
#include <map>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/nest.hpp"
#include "mappings/schedule/rooms.hpp"
#include "mappings/schedule/tile_timing.hpp"

namespace einfall::mappings {
namespace {

class StageFinder {
 public:
  StageFinder(const einsum::Cascade& cascade, const arch::Machine& machine,
              const BoundMapping& bound, std::vector<PhasedStep>& steps, std::int64_t slot)
      : cascade_(cascade), machine_(machine), bound_(bound), steps_(steps), slot_(slot) {}

  // With time for every value; where room for what a memory keeps does not let them be so far
  // apart, in their order alone, and units wait.
  std::int64_t run() {
    const std::vector<Need> needs = all_needs();
    if (!settle(needs, bound_.schedule.phases_pipelined)) {
      for (PhasedStep& step : steps_) step.stage = 0;
      settle(needs, false);
    }
    std::int64_t last = 0;
    for (const PhasedStep& step : steps_) last = std::max(last, step.stage);
    return last;
  }

 private:
  // What one step (of the leaf) has to do before another: make a value that this one uses, or read
  // the one whose room this one takes, so many visits before (0 for values of the same iteration).
  struct Need {
    std::size_t from, to;
    const BoundAccess* timed;  // a value that is not there before its time; else null
    std::int64_t visits;
  };

  // Until no stage grows any more; a cycle that no stage satisfies ends after as many rounds as a
  // chain of all steps would take, twice.
  bool settle(const std::vector<Need>& needs, bool with_time) {
    bool grown = true;
    for (std::size_t round = 0; grown && round < 2 * steps_.size(); ++round) {
      grown = false;
      for (const Need& need : needs) {
        PhasedStep& to = steps_[need.to];
        const std::int64_t stage = stage_after(need, with_time);
        grown = grown || stage > to.stage;
        to.stage = std::max(to.stage, stage);
      }
    }
    return !grown;
  }

  std::vector<Need> all_needs() const {
    std::multimap<einsum::TensorId, std::size_t> makers;
    for (std::size_t f = 0; f < steps_.size(); ++f)
      makers.emplace(bound_[steps_[f].step].write.tensor, f);
    std::vector<Need> needs;
    for (std::size_t t = 0; t < steps_.size(); ++t)
      for (const BoundAccess& read : bound_[steps_[t].step].reads) {
        const auto [first, end] = makers.equal_range(read.tensor);
        for (auto maker = first; maker != end; ++maker) {
          if (maker->second == t) continue;
          const bool timed = read.forwarded && !read.carried;
          needs.push_back({maker->second, t, timed ? &read : nullptr,
                           read.carried ? visits_between(steps_[t].step, read.tensor) : 0});
        }
      }
    add_rooms(needs);
    return needs;
  }

  void add_rooms(std::vector<Need>& needs) const {
    for (std::size_t w = 0; w < steps_.size(); ++w)
      for (std::size_t r = 0; r < steps_.size(); ++r) {
        if (r == w) continue;
        const StepId writer = steps_[w].step;
        for (const KeepId keep : handed_through(bound_, writer, steps_[r].step))
          needs.push_back(
              {r, w, nullptr, room_distance(bound_, bound_[writer].loops, writer, keep)});
      }
  }

  // Visits from a value to its use one step of its iterative rank later, in the shortest block.
  std::int64_t visits_between(StepId step, einsum::TensorId id) const {
    const einsum::Tensor& tensor = cascade_[id];
    const std::vector<PartId>& loops = bound_[step].loops;
    std::int64_t visits = 1;
    for (std::size_t i = loops.size(); i-- > 0;) {
      if (tensor.iterative_position &&
          bound_[loops[i]].rank == tensor.ranks[*tensor.iterative_position])
        return visits;
      visits = saturating_mul(visits, fewest_trips(bound_, loops[i]));
    }
    return visits;
  }

  // The stage that the second of the two needs at least: one more where it comes first in a slot.
  std::int64_t stage_after(const Need& need, bool with_time) const {
    const PhasedStep& from = steps_[need.from];
    const PhasedStep& to = steps_[need.to];
    const std::int64_t in_order = from.stage - need.visits + (need.to < need.from ? 1 : 0);
    if (!with_time || need.timed == nullptr) return in_order;
    const std::int64_t ready =
        from.start + from.stage * slot_ +
        dependence_delay(bound_, machine_, Tile{from.step}, Tile{to.step}, *need.timed).cycles;
    return std::max(in_order, base::ceil_div(ready - to.start, slot_));
  }

  const einsum::Cascade& cascade_;
  const arch::Machine& machine_;
  const BoundMapping& bound_;
  std::vector<PhasedStep>& steps_;
  std::int64_t slot_;
};

}  // namespace

void PhaseSpan::add(const PhaseSpan& other) {
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

std::vector<std::int64_t> phase_numbers(const BoundMapping& bound) {
  std::vector<std::int64_t> out(bound.einsums.size(), 0);
  std::int64_t next = 0;
  for (const BoundSection& section : bound.schedule.sections)
    for (const BoundPhase& phase : section.phases) {
      for (const StepId step : phase.einsums) out[step.index()] = next;
      ++next;
    }
  return out;
}

PhaseSpan phases_under(const BoundMapping& bound, const std::vector<std::int64_t>& phase_of,
                       NodeId node) {
  PhaseSpan span;
  for (const StepId step : bound[node].einsums)
    span.add({phase_of[step.index()], phase_of[step.index()]});
  for (const NodeId child : bound[node].children) span.add(phases_under(bound, phase_of, child));
  return span;
}

LeafPhases leaf_phases(const einsum::Cascade& cascade, const arch::Machine& machine,
                       const BoundMapping& bound, const std::vector<std::int64_t>& phase_of,
                       NodeId leaf) {
  LeafPhases out;
  for (const StepId step : bound[leaf].einsums)
    out.steps.push_back({step, phase_of[step.index()], 0, 0});
  std::stable_sort(out.steps.begin(), out.steps.end(),
                   [](const PhasedStep& a, const PhasedStep& b) { return a.phase < b.phase; });
  std::map<std::size_t, std::int64_t> free;  // by unit, in the phase
  std::int64_t phase_start = 0;
  std::int64_t phase_end = 0;
  for (std::size_t i = 0; i < out.steps.size(); ++i) {
    PhasedStep& at = out.steps[i];
    if (i > 0 && at.phase != out.steps[i - 1].phase) {
      phase_start = phase_end;
      free.clear();
    }
    std::int64_t& unit = free.try_emplace(bound[at.step].unit.index(), phase_start).first->second;
    at.start = unit;
    unit += tile_timing(bound, machine, {at.step}).issue;
    phase_end = std::max(phase_end, unit);
  }
  out.last_stage =
      StageFinder(cascade, machine, bound, out.steps, std::max<std::int64_t>(1, phase_end)).run();
  NodeId id = leaf;
  while (bound[id].parent.valid() && bound[bound[id].parent].children.size() == 1)
    id = bound[id].parent;
  out.run_from = bound[id].parent.valid() ? bound[bound[id].parent].path.size() : 0;
  return out;
}

}  // namespace einfall::mappings
