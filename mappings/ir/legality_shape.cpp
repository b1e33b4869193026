#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <variant>

#include "mappings/ir/legality.hpp"

namespace einfall::mappings {
namespace {

using einsum::RankId;

// The ranks of an Einsum's variables.
std::vector<RankId> ranks_of(const Binder& binder, const BoundEinsum& step) {
  std::vector<RankId> ranks;
  for (const einsum::VarId var : binder.cascade[step.einsum].vars)
    ranks.push_back(binder.cascade[var].rank);
  return ranks;
}

void check_loops(Binder& binder, StepId id) {
  const BoundEinsum& step = binder.bound[id];
  for (const PartId loop : step.loops) {
    if (step.ranks.has(loop)) continue;
    binder.report("E808", binder.step_spans[id.index()],
                  fmt::format("'{}' is inside the loop '{}', which is not one of its ranks: it "
                              "would be computed again in each of its steps",
                              binder.name_of(id), binder.name_of(loop)),
                  fmt::format("move it out of '{}'", binder.name_of(loop)));
  }
}

// Each part of each rank stands exactly once: as a loop, or among rows, columns and time.
void check_parts(Binder& binder, StepId id) {
  const BoundEinsum& step = binder.bound[id];
  const base::SourceSpan& span = binder.written_bindings[id.index()]->span;
  std::vector<PartId> placed = step.loops;
  for (const auto* parts : {&step.rows, &step.columns, &step.time})
    placed.insert(placed.end(), parts->begin(), parts->end());
  for (std::size_t p = 0; p < binder.bound.parts.size(); ++p) {
    const PartId part(p);
    const auto times = std::count(placed.begin(), placed.end(), part);
    if (step.ranks.has(part) && times == 0)
      binder.report("E807", span,
                    fmt::format("'{}' goes over '{}', which is neither a loop around it nor on its "
                                "rows, columns, lanes or time",
                                binder.name_of(id), binder.name_of(part)),
                    "every part of every rank of an Einsum has one place");
    if (step.ranks.has(part) && times > 1)
      binder.report("E807", span,
                    fmt::format("'{}' has '{}' in {} places", binder.name_of(id),
                                binder.name_of(part), times),
                    "every part of every rank of an Einsum has one place");
    if (!step.ranks.has(part) && times > 0 && !PartSet(step.loops).has(part))
      binder.report(
          "E807", span,
          fmt::format("'{}' does not go over '{}'", binder.name_of(id), binder.name_of(part)));
  }
}

void check_variables(Binder& binder, StepId id) {
  std::set<std::size_t> seen;
  for (const RankId rank : ranks_of(binder, binder.bound[id]))
    if (!seen.insert(rank.index()).second)
      binder.report("E807", binder.step_spans[id.index()],
                    fmt::format("'{}' goes over rank '{}' with two variables, which a mapping "
                                "cannot tell apart",
                                binder.name_of(id), binder.cascade[rank].name),
                    "give the second variable a rank of its own, of the same size");
}

// ---- Dataflows ---------------------------------------------------------------------------------

// The parts of the ranks that the Einsum reduces.
PartSet reduced_parts(const Binder& binder, const BoundEinsum& step) {
  PartSet reduced;
  const einsum::Einsum& einsum = binder.cascade[step.einsum];
  if (const auto* root = std::get_if<einsum::ReduceRoot>(&einsum.root))
    for (const einsum::VarId var : root->vars)
      for (const PartId part : binder.bound.rank_parts[binder.cascade[var].rank.index()])
        reduced.insert(part);
  if (const auto* root = std::get_if<einsum::PopulateRoot>(&einsum.root))
    for (const einsum::VarId var : root->over)
      for (const PartId part : binder.bound.rank_parts[binder.cascade[var].rank.index()])
        reduced.insert(part);
  return reduced;
}

void reject(Binder& binder, StepId id, const std::string& why, const std::string& help) {
  const Binding& written = *binder.written_bindings[id.index()];
  binder.report(
      "E811", written.span,
      fmt::format("'{}' cannot be {}: {}", binder.name_of(id), arch::name(written.dataflow), why),
      help);
}

// The operand that stays: named, or the only one that every row and column selects.
void find_stationary(Binder& binder, StepId id) {
  BoundEinsum& step = binder.bound.einsums[id.index()];
  const Binding& written = *binder.written_bindings[id.index()];
  const PartSet spatial = PartSet(step.rows) | PartSet(step.columns);
  std::vector<std::size_t> fitting;
  for (std::size_t r = 0; r < step.reads.size(); ++r) {
    const BoundAccess& read = step.reads[r];
    const bool named =
        !written.stationary ||
        binder.name_of(binder.cascade[read.access].tensor) == written.stationary->value ||
        binder.name_of(read.tensor) == written.stationary->value;
    if (named && (spatial - relevant_parts(binder.bound, read.access)).empty())
      fitting.push_back(r);
  }
  if (fitting.size() == 1) {
    step.stationary = fitting.front();
    return;
  }
  reject(binder, id,
         fitting.empty() ? "no operand has all the ranks of its rows and columns"
                         : "more than one operand could stay in the PEs",
         fitting.empty() ? "the operand that stays lies on rows and columns"
                         : "name it: `stationary: K`");
}

void check_dataflow(Binder& binder, StepId id) {
  const BoundEinsum& step = binder.bound[id];
  const PartSet reduced = reduced_parts(binder, step);
  const PartSet rows(step.rows), columns(step.columns);
  const auto all_of = [&](PartSet parts) {
    std::vector<std::string> names;
    for (std::size_t p = 0; p < binder.bound.parts.size(); ++p)
      if (parts.has(PartId(p))) names.push_back(binder.bound.part_names[p]);
    return fmt::format("{}", fmt::join(names, " "));
  };
  switch (step.dataflow) {
    case arch::Dataflow::kOutputStationary:
    case arch::Dataflow::kInPlace:
      if (!(reduced & (rows | columns)).empty())
        reject(binder, id,
               fmt::format("it reduces over {}, laid on the array",
                           all_of(reduced & (rows | columns))),
               "values that stay in the PEs are reduced over time");
      break;
    case arch::Dataflow::kWeightStationary:
      if (!(reduced & columns).empty())
        reject(binder, id,
               fmt::format("it reduces over {}, laid on columns", all_of(reduced & columns)),
               "sums move down the columns: what is reduced lies on the rows");
      find_stationary(binder, id);
      break;
    case arch::Dataflow::kColumnReduce:
      if ((reduced & rows).empty() || !(reduced & columns).empty() || !(rows - reduced).empty())
        reject(binder, id, "what it reduces must be exactly what lies on the rows",
               "each column gives one value at its foot");
      break;
    case arch::Dataflow::kVector:
      if (!(reduced & columns).empty())
        reject(binder, id,
               fmt::format("it reduces over {}, laid on lanes", all_of(reduced & columns)),
               "lanes do not reach each other; reduce over time");
      break;
  }
}

}  // namespace

void check_coverage(Binder& binder) {
  for (std::size_t s = 0; s < binder.bound.einsums.size(); ++s) {
    check_variables(binder, StepId(s));
    check_loops(binder, StepId(s));
    check_parts(binder, StepId(s));
  }
}

void check_dataflows(Binder& binder) {
  for (std::size_t s = 0; s < binder.bound.einsums.size(); ++s) {
    const BoundEinsum& step = binder.bound.einsums[s];
    const arch::ComputeUnit& unit = binder.machine.units[step.unit.index()];
    if (unit.kind == arch::UnitKind::kVector && !step.rows.empty())
      binder.report("E809", binder.written_bindings[s]->span,
                    fmt::format("'{}' has rows, but '{}' is a vector unit",
                                binder.name_of(StepId(s)), unit.name),
                    "a vector unit has lanes only");
    check_dataflow(binder, StepId(s));
  }
}

void check_tiles(Binder& binder) {
  for (std::size_t s = 0; s < binder.bound.einsums.size(); ++s) {
    const BoundEinsum& step = binder.bound.einsums[s];
    const arch::ComputeUnit& unit = binder.machine.units[step.unit.index()];
    const bool stays =
        step.dataflow == arch::Dataflow::kInPlace || step.dataflow == arch::Dataflow::kColumnReduce;
    if (!stays || (step.row_tiles == 1 && step.column_tiles == 1)) continue;
    base::Diagnostic large = base::error(
        "E809", binder.written_bindings[s]->span,
        fmt::format("'{}' lays {} x {} values that stay in the PEs on '{}', which has {} x {}",
                    binder.name_of(StepId(s)), extent(binder.bound, step.rows),
                    extent(binder.bound, step.columns), unit.name, unit.rows, unit.columns),
        "cut its ranks into tiles of the array: `array2d.rows`, `array2d.columns`");
    large.notes.push_back({unit.span, "the unit"});
    binder.sink.push_back(std::move(large));
  }
}

}  // namespace einfall::mappings
