#include <algorithm>

#include "mappings/ir/sum_waits.hpp"
#include "mappings/program/lowering.hpp"
#include "mappings/schedule/body.hpp"
#include "mappings/schedule/leaf_phases.hpp"

namespace einfall::mappings {
namespace {

class OperationBuilder {
 public:
  explicit OperationBuilder(Lowering& lowering)
      : l_(lowering), bound_(lowering.bound), phase_(phase_numbers(lowering.bound)) {}

  base::Result<void> run() {
    for (std::size_t u = 0; u < l_.machine.units.size(); ++u)
      l_.program.engines.push_back({EngineKind::kUnit, l_.machine.units[u].name, u, {}});
    l_.operation_of.assign(bound_.einsums.size(), 0);
    if (bound_.schedule.kind == ScheduleKind::kPipelined) return pipelined();
    PhaseSpan seen;
    for (const NodeId root : bound_.roots) {
      const PhaseSpan span = span_of(root);
      if (seen.last >= 0 && span.first > seen.last) barrier(NodeId(), false);
      seen.add(span);
      node(root);
    }
    return {};
  }

 private:
  static constexpr std::int64_t kBehindAll = std::int64_t{1} << 62;

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
      issue.full *= step.row_tiles * step.column_tiles *
                    (step.issue_cycles + sum_waits(bound_, l_.machine, step));
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
  void barrier(NodeId node, bool grouped) {
    Operation op;
    op.kind = OperationKind::kBarrier;
    op.name = "barrier";
    op.node = node;
    if (node.valid()) {
      op.walk = make_walk(bound_, bound_[node].path);
      op.walk.mask = mask_at(node);
    }
    op.sequence = sequence_++;
    if (grouped) op.group = node;
    std::vector<std::size_t> engines;
    for (std::size_t e = 0; e < l_.program.engines.size(); ++e)
      if (!node.valid() ||
          std::any_of(bound_.einsums.begin(), bound_.einsums.end(), [&](const BoundEinsum& step) {
            return step.unit.index() == l_.program.engines[e].index && is_below(step.node, node);
          }))
        engines.push_back(e);
    add_barrier(op, engines);
  }

  void add_barrier(Operation op, const std::vector<std::size_t>& engines) {
    op.barrier = l_.program.barriers.size();
    l_.program.barriers.push_back(engines);
    for (const std::size_t e : engines) {
      l_.program.engines[e].operations.push_back(l_.program.operations.size());
      l_.program.operations.push_back(op);
    }
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
    PhaseSpan seen;
    bool parted = false;
    for (const NodeId child : bound_[id].children) {
      const PhaseSpan span = span_of(child);
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

  PhaseSpan span_of(NodeId id) const { return phases_under(bound_, phase_, id); }

  // Every slot goes through all phases.
  void staged_leaf(NodeId id) {
    const LeafPhases phases = leaf_phases(l_.cascade, l_.machine, bound_, phase_, id);
    const SharedMask counted = mask_at(id);
    std::int64_t order = 0;
    const auto part = [&] {
      const std::size_t first = l_.program.operations.size();
      barrier(id, true);
      for (std::size_t o = first; o < l_.program.operations.size(); ++o) {
        Operation& op = l_.program.operations[o];
        op.offset = order;
        op.run_from = phases.run_from;
        op.extra = phases.last_stage;
      }
      ++order;
    };
    for (std::size_t i = 0; i < phases.steps.size(); ++i) {
      const PhasedStep& at = phases.steps[i];
      if (i > 0 && at.phase != phases.steps[i - 1].phase) part();
      Operation& op = l_.program.operations[add_tile({at.step}, id)];
      op.offset = order++;
      op.stage = at.stage;
      join_group(op, id, phases.run_from, counted);
    }
    part();
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
      if (bound_.schedule.interval) keep_interval(op, *bound_.schedule.interval);
    }
    const std::vector<std::size_t> anchors = tail_anchors(table);
    for (std::size_t i = 0; i < table.tails.size(); ++i) {
      const StepId step = table.tails[i].step;
      Operation& op = l_.program.operations[add_tile({step}, bound_[step].node)];
      op.group = body.leaf;
      op.run_from = body.outer;
      op.behind = make_walk(bound_, bound_[body.leaf].path);
      op.behind.mask = counted;
      op.stage = l_.program.operations[of_op[anchors[i]]].stage;
      op.offset = l_.program.operations[of_op[anchors[i]]].offset;
    }
    part_runs(body, counted);
    return {};
  }

  // No visit begins sooner than so many cycles after the one before.
  void keep_interval(Operation& op, std::int64_t interval) {
    const std::size_t token = l_.add_token("the interval of " + op.name, Lack::kDependence, 1);
    op.takes.push_back({token, {}});
    Give give{token, {}, false, interval};
    give.by_clock = true;
    op.gives.push_back(std::move(give));
  }

  // A run begins when all of the one before is complete.
  void part_runs(const Body& body, const SharedMask& counted) {
    const std::vector<PartId>& path = bound_[body.leaf].path;
    const std::vector<PartId> outer(path.begin(),
                                    path.begin() + static_cast<std::ptrdiff_t>(body.outer));
    if (trips(bound_, outer, 0) == 1) return;
    Operation end;
    end.kind = OperationKind::kBarrier;
    end.name = "end of a run";
    end.node = end.group = body.leaf;
    end.walk = make_walk(bound_, outer);
    if (counted) {
      Walk leaf = make_walk(bound_, path);
      leaf.mask = counted;
      end.walk.mask = recast(leaf, end.walk, PartSet(outer));
    }
    end.sequence = sequence_++;
    end.run_from = body.outer;
    end.stage = kBehindAll;
    std::vector<std::size_t> engines;
    for (std::size_t e = 0; e < l_.program.engines.size(); ++e)
      if (!l_.program.engines[e].operations.empty()) engines.push_back(e);
    const std::size_t first = l_.program.operations.size();
    add_barrier(end, engines);
    for (std::size_t o = 0; o < first; ++o) {
      Operation& op = l_.program.operations[o];
      const Engine& engine = l_.program.engines[bound_[op.tile.front()].unit.index()];
      connect(op, l_.program.operations[engine.operations.back()], PartSet(outer),
              {l_.add_token(op.name + " done", Lack::kBarrier, 0), {}, false, op.complete, true});
    }
  }

  Lowering& l_;
  const BoundMapping& bound_;
  std::vector<std::int64_t> phase_;  // by StepId
  std::int64_t sequence_ = 0;
};

}  // namespace

base::Result<void> lower_operations(Lowering& lowering) { return OperationBuilder(lowering).run(); }

}  // namespace einfall::mappings
