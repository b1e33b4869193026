#include <fmt/format.h>

#include <algorithm>

#include "einsum/ir/access_walk.hpp"
#include "mappings/ir/legality.hpp"
#include "mappings/ir/nest.hpp"

namespace einfall::mappings {
namespace {

using einsum::RankId;

// How a reader's index follows the writer's along one rank.
enum class Relation {
  kStream,   // the same step, or one that came before
  kAhead,    // a step that is still to come
  kReduced,  // the writer reduces over the rank
  kAll       // the reader does not step along: it needs all of it
};

const TermForm* term_of(const IndexForm& form, RankId rank) {
  for (const TermForm& term : form.terms)
    if (term.rank == rank) return &term;
  return nullptr;
}

// Constant part of the writer's index less the reader's; nullopt if it depends on sizes.
std::optional<std::int64_t> distance(const einsum::Cascade& cascade, einsum::IndexId writer,
                                     einsum::IndexId reader) {
  return (cascade[writer].constant - cascade[reader].constant).as_constant();
}

Relation relation(const Binder& binder, const einsum::Edge& edge, RankId rank) {
  const einsum::AccessId lhs = binder.cascade[edge.writer].lhs;
  const AccessForm& written = binder.bound.forms[lhs.index()];
  const AccessForm& read = binder.bound.forms[edge.access.index()];
  bool any = false;
  for (std::size_t i = 0; i < written.indices.size(); ++i) {
    const TermForm* to = term_of(written.indices[i], rank);
    if (to == nullptr) continue;
    any = true;
    const TermForm* from = term_of(read.indices[i], rank);
    if (from == nullptr || from->coefficient != to->coefficient || from->divisor != to->divisor ||
        !read.indices[i].opaque.empty())
      return Relation::kAll;
    const auto ahead = distance(binder.cascade, binder.cascade[lhs].indices[i],
                                binder.cascade[edge.access].indices[i]);
    if (!ahead || *ahead < 0) return Relation::kAhead;
  }
  return any ? Relation::kStream : Relation::kReduced;
}

std::string why(const Binder& binder, Relation relation, const einsum::Edge& edge, PartId loop) {
  const std::string& tensor = binder.cascade[binder.cascade[edge.access].tensor].name;
  const std::string& writer = binder.cascade[edge.writer].name;
  switch (relation) {
    case Relation::kReduced:
      return fmt::format("'{}' reduces over it, so that {} is complete only after its last step",
                         writer, tensor);
    case Relation::kAll:
      return fmt::format("it needs more of {} than the step that '{}' has come to", tensor, writer);
    case Relation::kAhead:
      return fmt::format("it reads a step of {} that '{}' has still to come to", tensor, writer);
    case Relation::kStream:
      break;
  }
  return fmt::format("they cannot share '{}'", binder.name_of(loop));
}

void report_order(Binder& binder, const char* code, const einsum::Edge& edge, std::string message,
                  std::string help) {
  const StepId reader = binder.bound.step_of[edge.reader.index()];
  const StepId writer = binder.bound.step_of[edge.writer.index()];
  base::Diagnostic out =
      base::error(code, binder.step_spans[reader.index()], std::move(message), std::move(help));
  out.notes.push_back(
      {binder.step_spans[writer.index()], fmt::format("'{}' runs here", binder.name_of(writer))});
  out.notes.push_back({binder.cascade[edge.access].span, "the read"});
  binder.sink.push_back(std::move(out));
}

// Fusion: no loop that both share may run over what the reader needs complete.
bool check_fusion(Binder& binder, const einsum::Edge& edge, NodeId common) {
  if (!common.valid()) return true;
  const StepId writer = binder.bound.step_of[edge.writer.index()];
  for (const PartId loop : binder.bound[common].path) {
    if (!binder.bound[writer].ranks.has(loop)) continue;  // E808
    const Relation found = relation(binder, edge, binder.bound[loop].rank);
    if (found == Relation::kStream) continue;
    const StepId reader = binder.bound.step_of[edge.reader.index()];
    report_order(
        binder, "E814", edge,
        fmt::format("'{}' cannot share the loop '{}' with '{}': {}", binder.name_of(reader),
                    binder.name_of(loop), binder.name_of(writer), why(binder, found, edge, loop)),
        fmt::format("a pass over '{}' ends between them: put '{}' into a node after that loop",
                    binder.cascade[binder.bound[loop].rank].name, binder.name_of(reader)));
    return false;
  }
  return true;
}

// The steps of the iterative rank are loops that both share: the reader may take the value of the
// step before, whichever of the two comes first.
bool is_carried(const Binder& binder, const einsum::Edge& edge) {
  const einsum::Cascade& cascade = binder.cascade;
  const auto position = cascade[cascade[edge.access].tensor].iterative_position;
  if (!position) return false;
  const auto ahead = distance(cascade, cascade[cascade[edge.writer].lhs].indices[*position],
                              cascade[edge.access].indices[*position]);
  return ahead && *ahead > 0 &&
         as_shifted_variable(cascade, cascade[edge.access].indices[*position]).has_value();
}

// Where a phased schedule has an Einsum.
struct Position {
  std::size_t section = 0, phase = 0;
};
Position position_of(const BoundMapping& bound, StepId id) {
  const std::vector<BoundSection>& sections = bound.schedule.sections;
  for (std::size_t s = 0; s < sections.size(); ++s)
    for (std::size_t p = 0; p < sections[s].phases.size(); ++p) {
      const std::vector<StepId>& steps = sections[s].phases[p].einsums;
      if (std::find(steps.begin(), steps.end(), id) != steps.end()) return {s, p};
    }
  return {};
}

// An update of carried state may take the values of an iteration in the next one, if all that read
// it in the leaf read the state before it, and in that phase or a later one.
bool may_wait(const BoundMapping& bound, const einsum::Cascade& cascade, StepId reader) {
  const BoundEinsum& step = bound[reader];
  if (!cascade[step.write.tensor].iterative_position) return false;
  for (const StepId id : bound[step.node].einsums)
    for (const BoundAccess& read : bound[id].reads)
      if (read.tensor == step.write.tensor &&
          (!read.carried || position_of(bound, id).phase < position_of(bound, reader).phase))
        return false;
  return true;
}

// The state after the last step is what one step more would begin with: who reads it runs in the
// phases of that one.
bool takes_last(const BoundMapping& bound, StepId reader, einsum::AccessId access) {
  const std::vector<BoundAccess>& reads = bound[reader].reads;
  return std::any_of(reads.begin(), reads.end(), [&](const BoundAccess& read) {
    return read.access == access && read.final_value;
  });
}

// Sections follow each other, and so do the phases of a section in every iteration of the loops
// around both Einsums, whether in one leaf or in several, unless its phases work on tiles of
// different age.
void check_phases(Binder& binder, const einsum::Edge& edge, NodeId common) {
  const BoundMapping& bound = binder.bound;
  if (bound.schedule.kind != ScheduleKind::kPhased || is_carried(binder, edge)) return;
  const StepId writer = bound.step_of[edge.writer.index()];
  const StepId reader = bound.step_of[edge.reader.index()];
  const Position from = position_of(bound, writer), to = position_of(bound, reader);
  const bool section = to.section < from.section;
  if (!section) {
    if (to.section > from.section || to.phase >= from.phase) return;
    const bool one_leaf = bound[writer].node == bound[reader].node;
    if (one_leaf && may_wait(bound, binder.cascade, reader)) return;
    const bool looped = common.valid() && !bound[common].path.empty();
    if (looped && (bound.schedule.phases_pipelined || takes_last(bound, reader, edge.access)))
      return;
  }
  report_order(
      binder, "E814", edge,
      fmt::format("'{}' is in a {} before that of '{}', whose result it reads",
                  binder.name_of(reader), section ? "section" : "phase", binder.name_of(writer)),
      section ? "sections run one after another"
              : "phases run one after another, unless `phases_pipelined` lets those of a "
                "loop work on tiles of different age");
}

void check_edge(Binder& binder, const einsum::Edge& edge) {
  const StepId writer = binder.bound.step_of[edge.writer.index()];
  const StepId reader = binder.bound.step_of[edge.reader.index()];
  if (!writer.valid() || !reader.valid() || writer == reader) return;
  const NodeId from = binder.bound[writer].node, to = binder.bound[reader].node;
  const NodeId common = common_node(binder.bound, from, to);
  if (!check_fusion(binder, edge, common)) return;
  if (writer < reader || is_carried(binder, edge)) return check_phases(binder, edge, common);
  report_order(binder, "E814", edge,
               fmt::format("'{}' runs before '{}', whose result it reads", binder.name_of(reader),
                           binder.name_of(writer)),
               from == to ? "Einsums of a leaf run in the order they are written in"
                          : "nodes beside each other run in the order they are written in");
}

// ---- Iterative ranks ---------------------------------------------------------------------------

void check_component(Binder& binder, const einsum::Component& component) {
  const std::vector<PartId>& parts = binder.bound.rank_parts[component.iterative_rank->index()];
  const std::string& rank = binder.cascade[*component.iterative_rank].name;
  const PartSet stepping(parts);
  std::vector<StepId> steps;
  for (const einsum::EinsumId id : component.einsums)
    if (binder.bound.step_of[id.index()].valid()) steps.push_back(binder.bound.step_of[id.index()]);
  for (const StepId id : steps) {
    const BoundEinsum& step = binder.bound[id];
    if (!(stepping & (PartSet(step.rows) | PartSet(step.columns))).empty())
      binder.report("E810", binder.written_bindings[id.index()]->span,
                    fmt::format("'{}' lays the iterative rank '{}' on rows, columns or lanes",
                                binder.name_of(id), rank),
                    "its steps need each other's results: make it a loop or time");
    if (id == steps.front()) continue;
    const NodeId common = common_node(binder.bound, binder.bound[steps.front()].node, step.node);
    const PartSet shared = common.valid() ? PartSet(binder.bound[common].path) : PartSet();
    if ((stepping - shared).empty()) continue;
    base::Diagnostic apart = base::error(
        "E810", binder.step_spans[id.index()],
        fmt::format("'{}' and '{}' need each other's results step by step along '{}', but do not "
                    "share that loop",
                    binder.name_of(steps.front()), binder.name_of(id), rank),
        fmt::format("put both inside one loop '{}'", rank));
    apart.notes.push_back({binder.step_spans[steps.front().index()],
                           fmt::format("'{}' runs here", binder.name_of(steps.front()))});
    binder.sink.push_back(std::move(apart));
  }
}

}  // namespace

void check_dependences(Binder& binder) {
  const std::size_t before = binder.sink.size();
  for (const einsum::Component& component : binder.graph.components)
    if (component.iterative_rank) check_component(binder, component);
  if (binder.sink.size() != before) return;  // the edges between them would say the same again
  for (const einsum::Edge& edge : binder.graph.edges) check_edge(binder, edge);
}

}  // namespace einfall::mappings
