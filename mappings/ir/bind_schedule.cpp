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
