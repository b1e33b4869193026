#include "mappings/model/nest_plan.hpp"

#include <algorithm>
#include <numeric>

#include "mappings/ir/nest.hpp"
#include "mappings/model/latency.hpp"
#include "mappings/model/nest_streams.hpp"
#include "mappings/model/pieces.hpp"
#include "mappings/model/port_groups.hpp"
#include "mappings/model/port_stalls.hpp"
#include "mappings/schedule/leaf_phases.hpp"
#include "mappings/schedule/tile_timing.hpp"

namespace einfall::mappings {
namespace {

class PlanBuilder {
 public:
  PlanBuilder(const BoundMapping& bound, const einsum::Cascade& cascade,
              const arch::Machine& machine, const Counts& counts, const ModelOptions& options)
      : bound_(bound),
        cascade_(cascade),
        machine_(machine),
        counts_(counts),
        groups_(machine, options),
        phase_(phase_numbers(bound)) {}

  NestPlan run() {
    plan_.units = plan_.engines = machine_.units.size();
    for (const BoundSection& section : bound_.schedule.sections)
      plan_.phases += section.phases.size();
    if (const auto& bandwidth = machine_.memories.front().bandwidth)
      plan_.bytes_per_cycle = Exact(bandwidth->value(), machine_.clock.value()).value();
    plan_.memory_latency = static_cast<double>(machine_.memories.front().latency.value());
    plan_.ops.resize(bound_.einsums.size());
    for (std::size_t n = 0; n < bound_.nodes.size(); ++n) add_node(NodeId(n));
    for (std::size_t s = 0; s < bound_.einsums.size(); ++s) add_step(StepId(s));
    plan_.roots = bound_.roots;
    parted(bound_.roots, plan_.parted);
    for (std::size_t s = 0; s < bound_.einsums.size(); ++s) add_dependences(StepId(s));
    add_rows();
    add_streams(plan_, bound_, machine_, counts_, groups_);
    may_lack(groups_.rates());
    leave_out_idle();
    know_each_other();
    return std::move(plan_);
  }

 private:
  // Whether each of the nodes begins a phase; any of them.
  bool parted(const std::vector<NodeId>& nodes, std::vector<bool>& out) const {
    PhaseSpan seen;
    bool any = false;
    for (const NodeId node : nodes) {
      const PhaseSpan span = phases_under(bound_, phase_, node);
      out.push_back(seen.last >= 0 && span.first > seen.last);
      any = any || out.back();
      seen.add(span);
    }
    return any;
  }

  void add_node(NodeId id) {
    const BoundNode& from = bound_[id];
    NestNode node;
    node.parent = from.parent;
    node.own_from = from.path.size() - from.loops.size();
    node.path = make_walk(bound_, from.path);
    node.children = from.children;
    node.closed = parted(from.children, node.parted) && !from.path.empty();
    for (std::size_t u = 0; u < machine_.units.size(); ++u)
      if (std::any_of(bound_.einsums.begin(), bound_.einsums.end(), [&](const BoundEinsum& step) {
            return step.unit.index() == u && is_under(bound_, step.node, id);
          }))
        node.units.push_back(u);
    const PhaseSpan span = phases_under(bound_, phase_, id);
    node.phased = !from.einsums.empty() && span.first != span.last;
    if (node.phased) {
      const LeafPhases phases = leaf_phases(cascade_, machine_, bound_, phase_, id);
      node.stages = phases.last_stage;
      node.run_from = phases.run_from;
      for (const PhasedStep& step : phases.steps) {
        node.ops.push_back(step.step.index());
        plan_.ops[step.step.index()].stage = step.stage;
      }
    } else {
      for (const StepId step : from.einsums) node.ops.push_back(step.index());
    }
    plan_.nodes.push_back(std::move(node));
  }

  void add_step(StepId id) {
    const BoundEinsum& step = bound_[id];
    NestOp& op = plan_.ops[id.index()];
    op.engine = step.unit.index();
    op.leaf = step.node;
    op.loops = PartSet(step.loops);
    op.phase = phase_[id.index()];
    op.complete = static_cast<double>(tile_timing(bound_, machine_, {id}).complete());
    const Walk& path = plan_.nodes[step.node.index()].path;
    op.needed = step.mask;
    op.mask = make_mask(bound_, path, step.mask, op.loops, path.parts());
    const auto visits = static_cast<double>(std::max<std::int64_t>(1, step.visits));
    const auto busy = static_cast<double>(counts_.steps[id.index()].busy_cycles);
    NestSteps steps = steps_of(bound_, op.loops, PartSet(step.time));
    op.issue = busy * static_cast<double>(steps.whole) /
               static_cast<double>(std::max<std::int64_t>(1, step.steps));
    op.cuts = std::move(steps.cuts);
    op.held = port_stalls(id, busy / visits, op.cuts);
  }

  static constexpr std::size_t kMostCuts = 6;  // more are taken together, as their mean
  // By which of the cuts stand at their last piece; `mean`: cycles of a visit. Only flows that are
  // cut along move fewer rows there.
  std::vector<double> port_stalls(StepId id, double mean, const std::vector<NestCut>& cuts) const {
    const BoundEinsum& step = bound_[id];
    const auto is_cut = [&](const NestCut& cut, const Flow& flow) {
      const PartSet relevant =
          flow.read == Flow::kNoRead ? step.write.relevant : step.reads[flow.read].relevant;
      return !(PartSet(bound_.rank_parts[cut.rank.index()]) & relevant).empty();
    };
    if (cuts.size() > kMostCuts)
      return {port_stall(bound_, counts_, groups_, id, mean, [](const Flow&) { return 1.0; })};
    std::vector<double> stalls(std::size_t{1} << cuts.size());
    for (std::size_t last = 0; last < stalls.size(); ++last) {
      const auto share = [&](std::size_t cut) {
        return ((last >> cut & 1U) != 0 ? cuts[cut].last_share() : 1) / cuts[cut].mean_share();
      };
      double issue = mean;
      for (std::size_t c = 0; c < cuts.size(); ++c) issue *= share(c);
      stalls[last] = port_stall(bound_, counts_, groups_, id, issue, [&](const Flow& flow) {
        double rows = 1;
        for (std::size_t c = 0; c < cuts.size(); ++c)
          if (is_cut(cuts[c], flow)) rows *= share(c);
        return rows;
      });
    }
    return stalls;
  }

  void add_dependences(StepId reader) {
    for (const BoundAccess& read : bound_[reader].reads)
      for (std::size_t m = 0; m < bound_.einsums.size(); ++m) {
        if (bound_.einsums[m].write.tensor != read.tensor) continue;
        const StepId maker(m);
        const DependenceDelay delay =
            dependence_delay(bound_, machine_, Tile{maker}, Tile{reader}, read);
        if (read.carried)
          carry(maker, reader, read, delay);
        else if (maker != reader)
          connect(
              plan_, bound_,
              {m, reader.index(), {}, false, static_cast<double>(delay.cycles), 0, delay.of_last},
              shared_loops(plan_, bound_, m, reader.index()) - summed(maker, reader));
      }
  }

  // Loops whose last step completes what the maker writes, but for those around both.
  PartSet summed(StepId maker, StepId reader) const {
    const PartSet loops = bound_[maker].ranks - bound_[maker].write.relevant;
    const NodeId common = common_node(bound_, bound_[maker].node, bound_[reader].node);
    return common.valid() ? loops - PartSet(bound_[common].path) : loops;
  }

  // Value of step i of the iterative rank for step i + 1: not given in the last step, not taken in
  // the first.
  void carry(StepId maker, StepId reader, const BoundAccess& read, const DependenceDelay& delay) {
    const einsum::Tensor& tensor = cascade_[read.tensor];
    if (!tensor.iterative_position) return;
    PartSet cut;
    for (const PartId part : bound_.rank_parts[tensor.ranks[*tensor.iterative_position].index()])
      cut.insert(part);
    cut = cut - handed_over_in_memory(bound_, read);
    if ((cut & PartSet(bound_[maker].loops)).empty()) return;  // steps inside one visit
    NestEdge edge;
    edge.from = carried_end(maker, cut);
    edge.to = carried_end(reader, cut);
    edge.delay = static_cast<double>(delay.cycles);
    edge.of_last = delay.of_last;
    plan_.edges.push_back(std::move(edge));
  }
  NestEnd carried_end(StepId step, PartSet cut) const {
    const auto& path = plan_.nodes[bound_[step].node.index()].path.levels;
    NestEnd end;
    end.op = step.index();
    end.carried = cut & PartSet(bound_[step].loops);
    std::size_t first = path.size();
    while (first > 0 && !cut.has(path[first - 1].part)) --first;
    for (std::size_t l = 0; l < path.size(); ++l)
      (l < first ? end.slices : end.pieces).push_back(l);
    return end;
  }

  // What an Einsum moves from one memory on the chip to another, or to its unit and back.
  void add_rows() {
    constexpr Place kOutermost{true, 0};
    for (const Flow& flow : counts_.flows) {
      if (flow.kind == FlowKind::kExtraRead || flow.from == kOutermost || flow.to == kOutermost)
        continue;
      const BoundEinsum& step = bound_[flow.step];
      const PartSet loops(step.loops);
      std::vector<NestCut> cuts = cuts_of(bound_, loops, access_of(bound_, flow));
      auto visits = whole_pieces(bound_, step.mask, loops, loops, cuts);
      if (!visits) {
        cuts.clear();
        visits = Exact(std::max<std::int64_t>(1, step.visits));
      }
      for (const bool reading : {true, false})
        for (const std::size_t group : groups_.of(flow, reading))
          plan_.ops[flow.step.index()].rows.push_back(
              {group, (groups_.rows(flow, reading) / *visits).value(), cuts});
    }
  }

  // Whether all engines together can ask for more rows than there are ports, in phases.
  void may_lack(const std::vector<std::int64_t>& rates) {
    if (std::none_of(plan_.nodes.begin(), plan_.nodes.end(),
                     [](const NestNode& node) { return node.phased; }))
      return;
    for (std::size_t g = 0; g < rates.size(); ++g) {
      std::vector<double> most(plan_.engines, 0);
      for (const NestOp& op : plan_.ops) {
        const double peak = plan_.bytes_per_cycle > 0 ? op.bytes / plan_.bytes_per_cycle : 0;
        const double cycles = op.transfer ? peak : op.issue + op.held.front();
        double rows = 0;
        for (const NestRows& each : op.rows)
          if (each.group == g) rows += each.whole;
        most[op.engine] = std::max(most[op.engine], rows / std::max(1.0, cycles));
      }
      if (std::accumulate(most.begin(), most.end(), 0.0) > static_cast<double>(rates[g]))
        plan_.port_rates = rates;
    }
  }

  // Einsums without a point are not executed, and nobody waits for them.
  void leave_out_idle() {
    const auto idle = [&](std::size_t op) {
      return op < bound_.einsums.size() && bound_.einsums[op].visits == 0;
    };
    for (NestNode& node : plan_.nodes)
      node.ops.erase(std::remove_if(node.ops.begin(), node.ops.end(), idle), node.ops.end());
    plan_.edges.erase(std::remove_if(plan_.edges.begin(), plan_.edges.end(),
                                     [&](const NestEdge& edge) {
                                       return idle(edge.from.op) || idle(edge.to.op);
                                     }),
                      plan_.edges.end());
  }

  // Where one end of a dependence has visits that the other has not.
  void know_each_other() {
    for (NestEdge& edge : plan_.edges) {
      const NestOp& from = plan_.ops[edge.from.op];
      const NestOp& to = plan_.ops[edge.to.op];
      Walk made = plan_.nodes[from.leaf.index()].path;
      Walk read = plan_.nodes[to.leaf.index()].path;
      made.mask = from.mask;
      read.mask = to.mask;
      if (same_mask(made, read)) continue;
      const PartSet shared = shared_loops(plan_, bound_, edge.from.op, edge.to.op);
      edge.from.other = recast(read, made, shared);
      edge.to.other = recast(made, read, shared);
    }
  }

  const BoundMapping& bound_;
  const einsum::Cascade& cascade_;
  const arch::Machine& machine_;
  const Counts& counts_;
  const PortGroups groups_;
  std::vector<std::int64_t> phase_;
  NestPlan plan_;
};

}  // namespace

NestPlan nest_plan(const BoundMapping& bound, const einsum::Cascade& cascade,
                   const arch::Machine& machine, const Counts& counts,
                   const ModelOptions& options) {
  return PlanBuilder(bound, cascade, machine, counts, options).run();
}

}  // namespace einfall::mappings
