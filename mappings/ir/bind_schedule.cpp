#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/binder.hpp"

namespace einfall::mappings {
namespace {

std::optional<StepId> step_of(Binder& binder, const std::string& name,
                              const base::SourceSpan& span) {
  const auto found = binder.step_by_name.find(name);
  if (found != binder.step_by_name.end()) return found->second;
  if (binder.enough()) return std::nullopt;
  std::vector<std::string> known;
  for (const auto& [known_name, id] : binder.step_by_name) known.push_back(known_name);
  binder.report("E805", span,
                fmt::format("the schedule names '{}', which is no Einsum of the nest", name),
                suggestion(name, known));
  return std::nullopt;
}

std::vector<StepId> steps_of(Binder& binder, const std::vector<Located<std::string>>& names) {
  std::vector<StepId> steps;
  for (const Located<std::string>& name : names)
    if (const auto step = step_of(binder, name.value, name.span)) steps.push_back(*step);
  return steps;
}

// Every Einsum of the nest in exactly one phase.
void check_once(Binder& binder) {
  std::vector<int> seen(binder.bound.einsums.size(), 0);
  for (const Section& section : binder.mapping.schedule.sections)
    for (const Phase& phase : section.phases)
      for (const Located<std::string>& name : phase.einsums) {
        const auto step = binder.step_by_name.find(name.value);
        if (step == binder.step_by_name.end()) continue;  // reported
        if (++seen[step->second.index()] == 2)
          binder.report("E818", name.span, fmt::format("'{}' stands in two phases", name.value),
                        "every Einsum of the nest is in one phase");
      }
  for (std::size_t s = 0; s < seen.size(); ++s)
    if (seen[s] == 0)
      binder.report("E818", binder.mapping.schedule.span,
                    fmt::format("'{}' is in no phase of the schedule", binder.name_of(StepId(s))),
                    "every Einsum of the nest is in one phase");
}

void bind_phases(Binder& binder) {
  for (const Section& written : binder.mapping.schedule.sections) {
    BoundSection section;
    for (const Phase& phase : written.phases)
      section.phases.push_back({steps_of(binder, phase.einsums), steps_of(binder, phase.drained)});
    binder.bound.schedule.sections.push_back(std::move(section));
  }
  check_once(binder);
}

// An operation in steps on an array: a product whose sums stay in their places, or leave.
bool has_turns(const BoundEinsum& step) {
  return !step.time.empty() && (step.dataflow == arch::Dataflow::kOutputStationary ||
                                step.dataflow == arch::Dataflow::kWeightStationary);
}

std::optional<std::string> why_not_interleaved(const Binder& binder, StepId first, StepId second) {
  const BoundEinsum& a = binder.bound[first];
  const BoundEinsum& b = binder.bound[second];
  if (first == second)
    return fmt::format("'{}' cannot take turns with itself", binder.name_of(first));
  if (a.unit != b.unit || a.node != b.node)
    return fmt::format("'{}' and '{}' are not on one unit in one leaf", binder.name_of(first),
                       binder.name_of(second));
  for (const StepId step : {first, second})
    if (!has_turns(binder.bound[step]))
      return fmt::format("'{}' is no contraction in steps on an array", binder.name_of(step));
  if (a.dataflow == arch::Dataflow::kWeightStationary && b.dataflow == a.dataflow)
    return fmt::format("the sums of both '{}' and '{}' go down the columns", binder.name_of(first),
                       binder.name_of(second));
  return std::nullopt;
}

void bind_interleave(Binder& binder) {
  std::vector<StepId> seen;
  for (const Schedule::Interleaved& pair : binder.mapping.schedule.interleave) {
    const std::vector<StepId> steps = steps_of(binder, pair.einsums);
    if (steps.size() < pair.einsums.size()) continue;  // reported
    if (steps.size() != 2) {
      binder.report("E818", pair.span,
                    fmt::format("two Einsums take turns, found {}", steps.size()),
                    "`interleave: [[SLNV, BQK]]`");
      continue;
    }
    if (const auto why = why_not_interleaved(binder, steps[0], steps[1])) {
      binder.report("E818", pair.span, *why,
                    "a weight-stationary Einsum and an output-stationary one, or two of these, of "
                    "one leaf, on the same array, with `time`");
      continue;
    }
    for (std::size_t i = 0; i < 2; ++i)
      if (std::find(seen.begin(), seen.end(), steps[i]) != seen.end())
        binder.report("E818", pair.einsums[i].span,
                      fmt::format("'{}' takes turns with two others", pair.einsums[i].value),
                      "name every Einsum in one pair at most");
    seen.insert(seen.end(), steps.begin(), steps.end());
    // Sums that leave on the way come first, those that are complete at the end behind them.
    const bool swap = binder.bound[steps[1]].dataflow == arch::Dataflow::kWeightStationary;
    binder.bound.schedule.interleave.push_back({steps[swap ? 1 : 0], steps[swap ? 0 : 1]});
  }
}

// The loops of a pipeline stand in this order on the path of at least one leaf, next to each other
// and innermost: what is inside them would be outside of the pipeline.
void bind_pipeline(Binder& binder) {
  const Schedule& written = binder.mapping.schedule;
  BoundSchedule& out = binder.bound.schedule;
  for (const Located<std::string>& name : written.over) {
    const auto parts = binder.part_by_name.find(name.value);
    if (parts == binder.part_by_name.end()) {
      binder.report("E805", name.span, fmt::format("there is no rank or part '{}'", name.value));
      return;
    }
    out.over.insert(out.over.end(), parts->second.begin(), parts->second.end());
  }
  const auto is_innermost = [&](const BoundNode& node) {
    return !node.einsums.empty() && node.path.size() >= out.over.size() &&
           std::equal(out.over.rbegin(), out.over.rend(), node.path.rbegin());
  };
  const auto& nodes = binder.bound.nodes;
  if (out.over.empty() || std::none_of(nodes.begin(), nodes.end(), is_innermost))
    binder.report("E818", out.over.empty() ? written.span : written.over.front().span,
                  "the loops of a pipeline are not the innermost loops of any leaf",
                  "'over' lists the innermost loops of one leaf, outermost first");
  for (const Schedule::Slot& slot : written.slots)
    if (const auto step = step_of(binder, slot.einsum, slot.span))
      out.slots.push_back({*step, slot.stage, slot.offset});
  bind_interleave(binder);
}

}  // namespace

bool bind_schedule(Binder& binder) {
  const std::size_t before = binder.sink.size();
  const Schedule& written = binder.mapping.schedule;
  BoundSchedule& out = binder.bound.schedule;
  out.kind = written.kind;
  out.phases_pipelined = written.phases_pipelined;
  out.interval = written.interval;
  if (written.kind != ScheduleKind::kPhased && !written.sections.empty())
    binder.report("E818", written.sections.front().span, "only a phased schedule has sections");
  if (written.kind != ScheduleKind::kPipelined && (!written.over.empty() || !written.slots.empty()))
    binder.report("E818", written.span, "only a pipelined schedule has 'over' and 'slots'");
  if (written.kind != ScheduleKind::kPipelined && !written.interleave.empty())
    binder.report("E818", written.interleave.front().span,
                  "only a pipelined schedule has 'interleave'");
  BoundPhase all;
  for (std::size_t s = 0; s < binder.bound.einsums.size(); ++s) {
    all.einsums.push_back(StepId(s));
    if (written.kind == ScheduleKind::kSequential)
      out.sections.push_back({{BoundPhase{{StepId(s)}, {}}}});
  }
  if (written.kind == ScheduleKind::kPhased) bind_phases(binder);
  if (written.kind == ScheduleKind::kPipelined) {
    out.sections.push_back({{std::move(all)}});
    bind_pipeline(binder);
  }
  return binder.sink.size() == before;
}

}  // namespace einfall::mappings
