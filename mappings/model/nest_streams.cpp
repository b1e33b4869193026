#include "mappings/model/nest_streams.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/nest.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/model/pieces.hpp"

namespace einfall::mappings {
namespace {

class StreamAdder {
 public:
  StreamAdder(NestPlan& plan, const BoundMapping& bound, const PortGroups& groups)
      : plan_(plan), bound_(bound), groups_(groups) {}

  void transfer(const Flow& flow) {
    const bool load = flow.from == kOutermost;
    if (load == (flow.to == kOutermost)) return;
    const BoundEinsum& step = bound_[flow.step];
    const std::size_t op = flow.step.index();
    if (flow.kind == FlowKind::kFill) {
      const BoundAccess& read = step.reads[flow.read];
      const KeepId keep = keep_at(bound_, read, flow.to);
      const std::vector<StepId> readers = readers_of(bound_, keep);
      const std::vector<PartId> loops = piece_loops(bound_, keep, readers);
      add_load(flow, add(flow, flow.step, PartSet(loops), true, slices(keep)), readers,
               renewing(keep), static_cast<std::size_t>(bound_[keep].copies));
    } else if (flow.kind == FlowKind::kReturn) {
      come_back(flow, keep_at(bound_, step.write, flow.to));
    } else if (flow.kind == FlowKind::kWriteBack) {
      const KeepId keep = keep_at(bound_, step.write, flow.from);
      const bool returns = bound_[keep].returned > 0;
      const std::vector<PartId> loops =
          piece_loops(bound_, keep, returns ? users_of(bound_, keep) : std::vector{flow.step});
      const std::size_t store = add(flow, flow.step, PartSet(loops), false, slices(keep));
      add_store(flow, op, store, renewing(keep), static_cast<std::size_t>(bound_[keep].copies));
      if (returns) leave_before(store, keep);
    } else if (load) {
      const PartSet loops = operand_loops(bound_, step, flow.read);
      add_load(flow, add(flow, flow.step, loops, true, {step.mask, loops}), {flow.step}, loops,
               kStagedPieces);
    } else {
      const PartSet loops = result_loops(bound_, step);
      add_store(flow, op, add(flow, flow.step, loops, false, {step.mask, loops}), loops,
                kStagedPieces);
    }
  }

  // Whoever begins a slice that a memory keeps waits for the readers of what lay there.
  void space(KeepId id) {
    const BoundKeep& keep = bound_[id];
    if (keep.in_place_of || !keep.memory) return;
    const auto writer =
        std::find_if(bound_.einsums.begin(), bound_.einsums.end(), [&](const BoundEinsum& step) {
          const auto& keeps = step.write.keeps;
          return std::find(keeps.begin(), keeps.end(), id) != keeps.end();
        });
    if (writer == bound_.einsums.end()) return;
    const auto w = static_cast<std::size_t>(writer - bound_.einsums.begin());
    const PartSet path(bound_[keep.node].path);
    for (std::size_t r = 0; r < bound_.einsums.size(); ++r) {
      if (r == w || !reads_from(bound_.einsums[r], id)) continue;
      const PartSet both = shared_loops(plan_, bound_, r, w);
      const PartSet shared = ((both & writer->write.relevant) - path) | (both & renewing(id));
      connect(plan_, bound_, {r, w, renewing(id), true, 0, static_cast<std::size_t>(keep.copies)},
              shared);
    }
  }

 private:
  static constexpr Place kOutermost{true, 0};

  // What of a stream a mask leaves: iterations of `loops`.
  struct Pieces {
    const Mask& mask;
    PartSet loops;
  };
  Pieces slices(KeepId keep) const { return {bound_[keep].mask, renewing(keep)}; }

  PartSet renewing(KeepId keep) const { return renewing_loops(bound_, bound_[keep]); }

  bool reads_from(const BoundEinsum& step, KeepId storage) const {
    return std::any_of(step.reads.begin(), step.reads.end(), [&](const BoundAccess& read) {
      return !read.forwarded && std::any_of(read.keeps.begin(), read.keeps.end(), [&](KeepId k) {
        return storage_of(bound_, k) == storage;
      });
    });
  }

  // One of its own engine, next to the op that it serves.
  std::size_t add(const Flow& flow, StepId beside, PartSet loops, bool load, const Pieces& issued) {
    const std::size_t index = plan_.ops.size();
    NestOp op = plan_.ops[beside.index()];
    NestNode& leaf = plan_.nodes[op.leaf.index()];
    op.engine = plan_.engines++;
    op.transfer = true;
    op.held = {0};
    op.store = !load;
    op.loops = loops;
    (load ? op.at_first : op.at_last) = PartSet(bound_[beside].loops) - loops;
    const std::int64_t pieces = issued_steps(bound_, loops, issued.mask, issued.loops);
    op.cuts = cuts_of(bound_, loops, access_of(bound_, flow));
    const auto whole = op.cuts.empty()
                           ? std::nullopt
                           : whole_pieces(bound_, issued.mask, issued.loops, loops, op.cuts);
    if (!whole) op.cuts.clear();
    const Exact each = whole.value_or(std::max<std::int64_t>(1, pieces));
    const Exact words = load ? words_read(flow) : words_written(flow);
    op.bytes = (words * Exact(flow.bits, 8) / each).value();
    op.rows.clear();
    for (const std::size_t group : groups_.of(flow, !load))
      op.rows.push_back({group, (groups_.rows(flow, !load) / each).value(), op.cuts});
    plan_.ops.push_back(op);
    const auto at = std::find(leaf.ops.begin(), leaf.ops.end(), beside.index());
    leaf.ops.insert(load ? at
                         : std::find_if(at + 1, leaf.ops.end(),
                                        [&](std::size_t other) { return !plan_.ops[other].store; }),
                    index);
    return index;
  }

  void feed(std::size_t load, const std::vector<StepId>& readers, PartSet renewing,
            std::size_t copies) {
    for (const StepId reader : readers) {
      connect(plan_, bound_, {load, reader.index(), renewing, true, 0, 0});
      connect(plan_, bound_, {reader.index(), load, renewing, true, 0, copies});
    }
  }

  void add_load(const Flow& flow, std::size_t load, const std::vector<StepId>& readers,
                PartSet renewing, std::size_t copies) {
    feed(load, readers, renewing, copies);
    for (const auto& [tensor, store] : stored_)
      if (tensor == flow.tensor) connect(plan_, bound_, {store, load, {}, true});
    loaded_.push_back({flow.tensor, load});
  }

  void add_store(const Flow& flow, std::size_t maker, std::size_t store, PartSet renewing,
                 std::size_t copies) {
    connect(plan_, bound_, {maker, store, renewing, false, plan_.ops[maker].complete, 0, true});
    connect(plan_, bound_, {store, maker, renewing, true, 0, copies});
    for (const auto& [tensor, load] : loaded_)
      if (tensor == flow.tensor) connect(plan_, bound_, {store, load, {}, true});
    stored_.push_back({flow.tensor, store});
  }

  // An unfinished slice arrives before the first who uses it.
  void come_back(const Flow& flow, KeepId keep) {
    const std::vector<StepId> users = users_of(bound_, keep);
    returning_ =
        add(flow, users.front(), PartSet(piece_loops(bound_, keep, users)), true, slices(keep));
    feed(returning_, users, renewing(keep), static_cast<std::size_t>(bound_[keep].copies));
  }

  // And not before it has left, which makes room for the next; as much as has left.
  void leave_before(std::size_t store, KeepId keep) {
    NestOp& returning = plan_.ops[returning_];
    const NestOp& leaving = plan_.ops[store];
    if (returning.bytes > 0)
      for (NestRows& rows : returning.rows) rows.whole *= leaving.bytes / returning.bytes;
    returning.bytes = leaving.bytes;
    returning.again = bound_[keep].again;
    connect(plan_, bound_,
            {store, returning_, renewing(keep), true, 0,
             static_cast<std::size_t>(bound_[keep].copies)});
    NestEdge edge;
    edge.from = next_end(store, bound_[keep].again);
    edge.to = next_end(returning_, bound_[keep].again);
    edge.at_end = true;
    plan_.edges.push_back(std::move(edge));
  }
  NestEnd next_end(std::size_t op, PartSet again) const {
    const auto& path = plan_.nodes[plan_.ops[op].leaf.index()].path.levels;
    NestEnd end;
    end.op = op;
    end.carried = again;
    std::size_t first = path.size();
    while (first > 0 && !again.has(path[first - 1].part)) --first;
    for (std::size_t l = 0; l < path.size(); ++l)
      if (plan_.ops[op].loops.has(path[l].part)) (l < first ? end.slices : end.pieces).push_back(l);
    return end;
  }

  struct Moved {
    einsum::TensorId tensor;
    std::size_t op;
  };
  NestPlan& plan_;
  const BoundMapping& bound_;
  const PortGroups& groups_;
  std::vector<Moved> loaded_, stored_;
  std::size_t returning_ = 0;  // the load of what the next store leaves unfinished
};

NestEnd end_of(const NestPlan& plan, std::size_t op, PartSet shared, PartSet renewing) {
  NestEnd end;
  end.op = op;
  end.ends = plan.ops[op].loops - shared;
  const auto& path = plan.nodes[plan.ops[op].leaf.index()].path.levels;
  for (std::size_t l = 0; l < path.size(); ++l)
    if (shared.has(path[l].part))
      (renewing.has(path[l].part) ? end.slices : end.pieces).push_back(l);
  return end;
}

// All that gives room in a visit of the leaf does so before the next one takes it.
bool gives_in_order(const NestPlan& plan, const NestEdge& edge) {
  const NestOp& from = plan.ops[edge.from.op];
  const NestOp& to = plan.ops[edge.to.op];
  const auto phased = [&](const NestOp& op) { return plan.nodes[op.leaf.index()].phased; };
  if (!phased(from) && !phased(to)) return true;
  return from.leaf == to.leaf &&
         std::pair(from.stage, from.phase) < std::pair(to.stage + 1, to.phase);
}

// Not where a mask gives room back.
std::optional<std::int64_t> smaller_slices_room(const NestPlan& plan, const BoundMapping& bound,
                                                const NestEdge& edge) {
  if (edge.ahead == 0 || !gives_in_order(plan, edge)) return std::nullopt;
  for (const NestEnd* end : {&edge.from, &edge.to})
    if (end->other || plan.ops[end->op].mask) return std::nullopt;
  std::int64_t pieces = 1;
  bool smaller = false;
  for (const std::size_t level : edge.from.pieces) {
    const WalkLevel& loop = plan.nodes[plan.ops[edge.from.op].leaf.index()].path.levels[level];
    pieces *= loop.trips;
    std::int64_t steps = 1;  // of this loop and those around it, if none were cut
    for (const PartId part : bound.rank_parts[bound[loop.part].rank.index()]) {
      steps *= bound[part].trips;
      if (part == loop.part) break;
    }
    const std::int64_t size = bound.sizes[bound[loop.part].rank];
    smaller = smaller || steps != base::ceil_div(size, bound[loop.part].stride);
  }
  return smaller ? std::optional(pieces) : std::nullopt;
}

}  // namespace

PartSet shared_loops(const NestPlan& plan, const BoundMapping& bound, std::size_t a,
                     std::size_t b) {
  const NestOp& x = plan.ops[a];
  const NestOp& y = plan.ops[b];
  PartSet shared;
  if (!common_node(bound, x.leaf, y.leaf).valid()) return shared;
  const PartSet both = x.loops & y.loops;
  const auto in_order = [&](NodeId leaf) {
    std::vector<PartId> order;
    for (const WalkLevel& level : plan.nodes[leaf.index()].path.levels)
      if (both.has(level.part)) order.push_back(level.part);
    return order;
  };
  const std::vector<PartId> p = in_order(x.leaf);
  const std::vector<PartId> q = in_order(y.leaf);
  for (std::size_t i = 0; i < p.size() && i < q.size() && p[i] == q[i]; ++i) shared.insert(p[i]);
  return shared;
}

void connect(NestPlan& plan, const BoundMapping& bound, const Connection& connection) {
  connect(plan, bound, connection, shared_loops(plan, bound, connection.from, connection.to));
}

void connect(NestPlan& plan, const BoundMapping& bound, const Connection& connection,
             PartSet shared) {
  PartSet renewing = connection.renewing;
  const NodeId common =
      common_node(bound, plan.ops[connection.from].leaf, plan.ops[connection.to].leaf);
  if (common.valid() && connection.ahead == 0) renewing = PartSet(bound[common].path);
  NestEdge edge;
  edge.from = end_of(plan, connection.from, shared, renewing);
  edge.to = end_of(plan, connection.to, shared, renewing);
  edge.at_end = connection.at_end;
  edge.delay = connection.delay;
  edge.of_last = connection.of_last;
  edge.ahead = connection.ahead;
  edge.room = smaller_slices_room(plan, bound, edge);
  plan.edges.push_back(std::move(edge));
}

void add_streams(NestPlan& plan, const BoundMapping& bound, const arch::Machine& machine,
                 const Counts& counts, const PortGroups& groups) {
  StreamAdder adder(plan, bound, groups);
  for (std::size_t k = 0; k < bound.keeps.size(); ++k) adder.space(KeepId(k));
  if (machine.memories.empty()) return;
  for (const Flow& flow : counts.flows)
    if (flow.kind != FlowKind::kExtraRead) adder.transfer(flow);
}

}  // namespace einfall::mappings
