#include <algorithm>
#include <map>

#include "mappings/ir/measure.hpp"
#include "mappings/program/lowering.hpp"
#include "mappings/schedule/body.hpp"

namespace einfall::mappings {
namespace {

// Section and phase as one number.
using Phase = std::int64_t;
struct Span {
  Phase first = std::int64_t{1} << 62;
  Phase last = -1;
  void add(const Span& other) {
    first = std::min(first, other.first);
    last = std::max(last, other.last);
  }
};

class OperationBuilder {
 public:
  explicit OperationBuilder(Lowering& lowering) : l_(lowering), bound_(lowering.bound) {}

  base::Result<void> run() {
    for (std::size_t u = 0; u < l_.machine.units.size(); ++u)
      l_.program.engines.push_back({EngineKind::kUnit, l_.machine.units[u].name, u, {}});
    l_.operation_of.assign(bound_.einsums.size(), 0);
    find_phases();
    if (bound_.schedule.kind == ScheduleKind::kPipelined) return pipelined();
    Span seen;
    for (const NodeId root : bound_.roots) {
      const Span span = span_of(root);
      if (seen.last >= 0 && span.first > seen.last) barrier(NodeId(), false);
      seen.add(span);
      node(root);
    }
    return {};
  }

 private:
  void find_phases() {
    phase_.assign(bound_.einsums.size(), 0);
    Phase next = 0;
    for (const BoundSection& section : bound_.schedule.sections)
      for (const BoundPhase& phase : section.phases) {
        for (const StepId step : phase.einsums) phase_[step.index()] = next;
        ++next;
      }
  }

  Span span_of(NodeId id) const {
    Span span;
    for (const StepId step : bound_[id].einsums)
      span.add({phase_[step.index()], phase_[step.index()]});
    for (const NodeId child : bound_[id].children) span.add(span_of(child));
    return span;
  }

  std::size_t add_tile(const Tile& tile, NodeId node) {
    Operation op;
    op.name = l_.name_of(tile);
    op.tile = tile;
    op.node = node;
    op.walk = make_walk(bound_, bound_[tile.front()].loops);
    op.walk.mask = make_mask(bound_, op.walk, needed_by(tile), PartSet(bound_[tile.front()].loops),
                             op.walk.parts());
    op.sequence = sequence_++;
    const TileTiming timing = tile_timing(bound_, l_.machine, tile);
    op.complete = timing.complete();
    for (const StepId id : tile) {
      const BoundEinsum& step = bound_[id];
      Extent issue = extent_of(bound_, op.walk, PartSet(step.time));
      issue.full *= step.row_tiles * step.column_tiles * step.issue_cycles;
      op.issue.push_back(issue);
    }
    const std::size_t index = l_.program.operations.size();
    for (const StepId id : tile) l_.operation_of[id.index()] = index;
    l_.program.engines[bound_[tile.front()].unit.index()].operations.push_back(index);
    l_.program.operations.push_back(std::move(op));
    return index;
  }

  // All units below the node (or, at the root, all there are; transfers join later) wait for each
  // other.
  std::size_t barrier(NodeId node, bool grouped) {
    const std::size_t number = l_.program.barriers.size();
    l_.program.barriers.emplace_back();
    Operation op;
    op.kind = OperationKind::kBarrier;
    op.name = "barrier";
    op.node = node;
    if (node.valid()) {
      op.walk = make_walk(bound_, bound_[node].path);
      op.walk.mask = mask_at(node);
    }
    op.sequence = sequence_++;
    op.barrier = number;
    if (grouped) op.group = node;
    for (std::size_t e = 0; e < l_.program.engines.size(); ++e) {
      const bool takes_part =
          !node.valid() ||
          std::any_of(bound_.einsums.begin(), bound_.einsums.end(), [&](const BoundEinsum& step) {
            return step.unit.index() == l_.program.engines[e].index && is_below(step.node, node);
          });
      if (!takes_part) continue;
      l_.program.barriers[number].push_back(e);
      l_.program.engines[e].operations.push_back(l_.program.operations.size());
      l_.program.operations.push_back(op);
    }
    return number;
  }

  Mask needed_by(const std::vector<StepId>& steps) const {
    Mask mask = bound_[steps.front()].mask;
    for (const StepId step : steps) mask.add(bound_[step].mask);
    return mask;
  }

  // Iterations of a node in which one of the Einsums below is issued.
  SharedMask mask_at(NodeId node) const {
    std::vector<StepId> below;
    for (std::size_t s = 0; s < bound_.einsums.size(); ++s)
      if (is_below(bound_.einsums[s].node, node)) below.emplace_back(s);
    const Walk walk = make_walk(bound_, bound_[node].path);
    return make_mask(bound_, walk, needed_by(below), walk.parts(), walk.parts());
  }

  // Operations that take turns count the same iterations.
  void join_group(Operation& op, NodeId leaf, std::size_t from, const SharedMask& counted) const {
    op.group = leaf;
    op.run_from = from;
    if (!op.walk.mask || (counted && *op.walk.mask == *counted)) return;
    op.walk.counted =
        counted
            ? counted
            : std::make_shared<const WalkMask>(WalkMask{IssuedTiles(bound_, Mask{{{}}}, {}), {}});
  }

  bool is_below(NodeId node, NodeId above) const {
    for (; node.valid(); node = bound_[node].parent)
      if (node == above) return true;
    return false;
  }

  void node(NodeId id) {
    if (!bound_[id].einsums.empty()) {
      leaf(id);
      return;
    }
    Span seen;
    bool parted = false;
    for (const NodeId child : bound_[id].children) {
      const Span span = span_of(child);
      if (seen.last >= 0 && span.first > seen.last) {
        barrier(id, false);
        parted = true;
      }
      seen.add(span);
      node(child);
    }
    if (parted && !bound_[id].path.empty()) barrier(id, false);
  }

  void leaf(NodeId id) {
    if (span_of(id).first != span_of(id).last)
      staged_leaf(id);
    else
      for (const StepId step : bound_[id].einsums) add_tile({step}, id);
  }

  std::vector<StepId> by_phase(NodeId id) const {
    std::vector<StepId> steps = bound_[id].einsums;
    std::stable_sort(steps.begin(), steps.end(),
                     [&](StepId a, StepId b) { return phase_[a.index()] < phase_[b.index()]; });
    return steps;
  }

  // Every slot goes through all phases. They work on one iteration, but for what reads a value of a
  // later phase: that belongs to an earlier one. Pipelined phases work on iterations of different
  // age, so that no value is waited for.
  void staged_leaf(NodeId id) {
    std::vector<std::size_t> ops, barriers;
    std::vector<std::int64_t> start;  // in the slot
    std::map<std::size_t, std::int64_t> free;
    std::int64_t phase_start = 0;
    std::int64_t phase_end = 0;
    std::int64_t order = 0;
    Phase now = -1;
    const auto part = [&] {
      const std::size_t first = l_.program.operations.size();
      barrier(id, true);
      for (std::size_t o = first; o < l_.program.operations.size(); ++o) {
        l_.program.operations[o].offset = order;
        barriers.push_back(o);
      }
      ++order;
      phase_start = phase_end;
      free.clear();
    };
    for (const StepId step : by_phase(id)) {
      if (now >= 0 && phase_[step.index()] != now) part();
      now = phase_[step.index()];
      const std::size_t index = add_tile({step}, id);
      Operation& op = l_.program.operations[index];
      op.offset = order++;
      std::int64_t& unit = free.try_emplace(bound_[step].unit.index(), phase_start).first->second;
      start.push_back(unit);
      ops.push_back(index);
      unit += op.issue.front().full;
      phase_end = std::max(phase_end, unit);
    }
    part();
    const std::int64_t last = find_stages(ops, start, std::max<std::int64_t>(1, phase_end));
    const std::size_t from = run_from(id);
    const SharedMask counted = mask_at(id);
    for (const std::size_t o : ops) join_group(l_.program.operations[o], id, from, counted);
    for (const std::size_t o : barriers) {
      l_.program.operations[o].run_from = from;
      l_.program.operations[o].extra = last;
    }
  }

  // The loops of a run: all inside the node that has other leaves too.
  std::size_t run_from(NodeId leaf) const {
    NodeId id = leaf;
    while (bound_[id].parent.valid() && bound_[bound_[id].parent].children.size() == 1)
      id = bound_[id].parent;
    return bound_[id].parent.valid() ? bound_[bound_[id].parent].path.size() : 0;
  }

  // Visits from a value to its use one step of its iterative rank later.
  std::int64_t visits_between(const Operation& op, einsum::TensorId id) const {
    const einsum::Tensor& tensor = l_.cascade[id];
    std::int64_t visits = 1;
    for (std::size_t i = op.walk.levels.size(); i-- > 0;) {
      const PartId part = op.walk.levels[i].part;
      if (tensor.iterative_position &&
          bound_[part].rank == tensor.ranks[*tensor.iterative_position])
        return visits;
      visits = saturating_mul(visits, op.walk.levels[i].trips);
    }
    return visits;
  }

  // The stage that `to` needs at least, given that of `from`, whose value it reads.
  std::int64_t stage_after(const Operation& from, std::int64_t starts, const Operation& to,
                           std::int64_t wanted, const BoundAccess& read, std::int64_t slot) const {
    const std::int64_t order = to.offset < from.offset ? 1 : 0;
    if (read.carried) return from.stage - visits_between(to, read.tensor) + order;
    std::int64_t stage = from.stage + order;
    if (bound_.schedule.phases_pipelined) {
      const std::int64_t ready = starts + from.stage * slot +
                                 dependence_delay(bound_, l_.machine, from.tile, to.tile, read);
      stage = std::max(stage, base::ceil_div(ready - wanted, slot));
    }
    return stage;
  }

  // The fewest slots between the operations of one iteration that leave time for every value;
  // returns the largest. What an iteration hands on to the next only keeps its order.
  std::int64_t find_stages(const std::vector<std::size_t>& ops,
                           const std::vector<std::int64_t>& start, std::int64_t slot) {
    std::int64_t last = 0;
    auto& all = l_.program.operations;
    for (std::size_t round = 0; round < 2 * ops.size(); ++round)
      for (std::size_t t = 0; t < ops.size(); ++t)
        for (const BoundAccess& read : bound_[all[ops[t]].tile.front()].reads)
          for (std::size_t f = 0; f < ops.size(); ++f) {
            Operation& to = all[ops[t]];
            const Operation& from = all[ops[f]];
            if ((!read.forwarded && !read.carried) || f == t ||
                bound_[from.tile.front()].write.tensor != read.tensor)
              continue;
            to.stage = std::max(to.stage, stage_after(from, start[f], to, start[t], read, slot));
            last = std::max(last, to.stage);
          }
    return last;
  }

  base::Result<void> pipelined() {
    EINFALL_TRY(const Body body, find_body(l_.cascade, l_.mapping, bound_));
    EINFALL_TRY(const Timetable table, build_timetable(l_.cascade, l_.machine, l_.mapping, bound_));
    std::vector<std::size_t> of_op;
    const SharedMask counted = mask_at(body.leaf);
    for (const TimetableOp& planned : table.ops) {
      of_op.push_back(add_tile(planned.tile, body.leaf));
      Operation& op = l_.program.operations[of_op.back()];
      join_group(op, body.leaf, body.outer, counted);
      op.stage = planned.start / table.interval;
      op.offset = planned.start % table.interval;
    }
    // A tail comes behind the last operation it waits for and, in the order of the document, behind
    // the tails before it, which it may wait for too.
    std::int64_t latest = -1;
    std::size_t anchor = 0;
    for (const TimetableTail& tail : table.tails) {
      Operation& op = l_.program.operations[add_tile({tail.step}, bound_[tail.step].node)];
      op.group = body.leaf;
      op.run_from = body.outer;
      op.behind = make_walk(bound_, bound_[body.leaf].path);
      op.behind.mask = counted;
      for (const TimetableTail::Wait& wait : tail.waits)
        if (table.ops[wait.op].start > latest) {
          latest = table.ops[wait.op].start;
          anchor = of_op[wait.op];
        }
      op.stage = l_.program.operations[anchor].stage;
      op.offset = l_.program.operations[anchor].offset;
    }
    return {};
  }

  Lowering& l_;
  const BoundMapping& bound_;
  std::vector<Phase> phase_;  // by StepId
  std::int64_t sequence_ = 0;
};

}  // namespace

base::Result<void> lower_operations(Lowering& lowering) { return OperationBuilder(lowering).run(); }

}  // namespace einfall::mappings
