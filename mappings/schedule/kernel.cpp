#include "mappings/schedule/kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace einfall::mappings {
namespace {

using arch::ComputeUnit;
using arch::Dataflow;
using arch::UnitKind;

bool leaves_at_the_foot(Dataflow dataflow) {
  return dataflow == Dataflow::kColumnReduce || dataflow == Dataflow::kWeightStationary;
}

class Builder {
 public:
  Builder(const BoundMapping& bound, const einsum::Cascade& cascade, const arch::Machine& machine,
          const KernelOptions& options)
      : bound_(bound),
        cascade_(cascade),
        machine_(machine),
        options_(options),
        op_of_(bound.einsums.size()) {}

  base::Result<Kernel> run() {
    if (auto problem = find_main_leaf()) return base::failure(std::move(*problem));
    if (auto problem = place_steps()) return base::failure(std::move(*problem));
    for (std::size_t i = 0; i < bound_.einsums.size(); ++i) dependences_of(StepId(i));
    count_epochs();
    for (const ComputeUnit& unit : machine_.units)
      if (unit.kind == UnitKind::kSpatialArray)
        kernel_.skew =
            std::max(kernel_.skew, unit.hop_latency * (unit.rows + unit.columns - 2));
    return std::move(kernel_);
  }

 private:
  const BoundEinsum& main() const { return bound_[main_]; }
  base::SourceSpan span(const BoundEinsum& step) const { return cascade_[step.einsum].span; }

  // The leaf inside all pipelined loops.
  std::optional<base::Diagnostic> find_main_leaf() {
    const PartSet over(bound_.schedule.over);
    for (std::size_t i = 0; i < bound_.einsums.size(); ++i) {
      const PartSet loops(bound_.einsums[i].loops);
      if ((over - loops).empty() && !main_.valid()) main_ = StepId(i);
    }
    if (main_.valid()) return std::nullopt;
    return base::error("E911", span(bound_.einsums.front()),
                       "no Einsum stands inside all loops that the schedule pipelines over",
                       "list loops of one leaf of the nest under 'over'");
  }

  std::optional<base::Diagnostic> place_steps() {
    const PartSet over(bound_.schedule.over);
    for (std::size_t i = 0; i < bound_.einsums.size(); ++i) {
      const BoundEinsum& step = bound_.einsums[i];
      const bool inside = step.node == main().node;
      if (!inside && !((PartSet(main().loops) - PartSet(step.loops)) - over).empty())
        return not_one_leaf(step);
      if (!inside && !(PartSet(step.loops) - PartSet(main().loops)).empty())
        return not_one_leaf(step);
      if (!inside && step.node.valid() &&
          (PartSet(main().loops) - PartSet(step.loops)).empty())
        return not_one_leaf(step);
      op_of_[i] = join(StepId(i), !inside);
    }
    return std::nullopt;
  }

  base::Diagnostic not_one_leaf(const BoundEinsum& step) const {
    return base::error(
        "E910", span(step),
        fmt::format("Einsum '{}' is in another leaf than the pipeline and not at its end",
                    cascade_[step.einsum].name),
        "pipeline Einsums of one leaf; others may follow it in the loops around it");
  }

  std::int64_t issue_of(const BoundEinsum& step) const {
    std::int64_t cycles = step.issue_cycles * step.row_tiles * step.column_tiles;
    for (const PartId part : step.time) cycles *= bound_[part].trips;
    return cycles;
  }

  // Puts a step into the operation of one that it runs together with, or into one of its own.
  std::size_t join(StepId id, bool last_only) {
    const BoundEinsum& step = bound_[id];
    for (std::size_t o = 0; o < kernel_.ops.size() && !last_only; ++o) {
      TileOp& op = kernel_.ops[o];
      if (op.unit != step.unit.index() || op.last_only || op.steps.size() != 1) continue;
      const BoundEinsum& other = bound_[op.steps.front()];
      const bool merged = merges(other, step);
      if (!merged && !streams_with(other, step) && !products(other, step)) continue;
      op.issue = merged ? std::max(op.issue, issue_of(step)) : op.issue + issue_of(step);
      op.steps.push_back(id);
      return o;
    }
    kernel_.ops.push_back({{id}, step.unit.index(), issue_of(step), last_only});
    return kernel_.ops.size() - 1;
  }

  bool feeds(const BoundEinsum& producer, const BoundEinsum& consumer) const {
    return std::any_of(consumer.reads.begin(), consumer.reads.end(), [&](const BoundAccess& read) {
      return read.tensor == producer.write.tensor && read.forwarded;
    });
  }

  // Element-wise over the same steps of time on one vector unit.
  bool streams_with(const BoundEinsum& producer, const BoundEinsum& consumer) const {
    return machine_.units[producer.unit.index()].kind == UnitKind::kVector &&
           !producer.time.empty() && producer.time == consumer.time && feeds(producer, consumer);
  }

  bool only_operator(const BoundEinsum& step, const char* name) const {
    const ComputeUnit& unit = machine_.units[step.unit.index()];
    return step.operators.size() == 1 && step.operators.front().count == 1 &&
           unit.operators[step.operators.front().op].name == name;
  }

  // A multiply that only feeds an add is one multiply-add.
  bool merges(const BoundEinsum& producer, const BoundEinsum& consumer) const {
    return machine_.units[producer.unit.index()].fused_multiply_add &&
           producer.time == consumer.time && only_operator(producer, "mul") &&
           only_operator(consumer, "add") && feeds(producer, consumer) &&
           producer.write.consumed_in_leaf;
  }

  bool products(const BoundEinsum& a, const BoundEinsum& b) const {
    return options_.interleave_products &&
           machine_.units[a.unit.index()].kind == UnitKind::kSpatialArray &&
           a.dataflow == Dataflow::kOutputStationary &&
           b.dataflow == Dataflow::kWeightStationary;
  }

  std::int64_t slowest(const BoundEinsum& step) const {
    std::int64_t extra = 0;
    for (const OperatorUse& use : step.operators) {
      const arch::Operator& op = machine_.units[step.unit.index()].operators[use.op];
      extra = std::max(extra, op.latency - op.issue_cycles);
    }
    return extra;
  }

  std::int64_t link_latency(std::size_t from, std::size_t to) const {
    for (const arch::Link& link : machine_.links)
      if (link.from == machine_.units[from].name && link.to == machine_.units[to].name)
        return link.latency.value();
    return 0;
  }

  void dependences_of(StepId id) {
    const BoundEinsum& consumer = bound_[id];
    for (const BoundAccess& read : consumer.reads)
      for (std::size_t p = 0; p < bound_.einsums.size(); ++p) {
        const BoundEinsum& producer = bound_.einsums[p];
        if (producer.write.tensor != read.tensor) continue;
        if (op_of_[p] == op_of_[id.index()] && !read.carried) continue;
        kernel_.dependences.push_back(dependence(StepId(p), id, read));
      }
  }

  Dependence dependence(StepId from, StepId to, const BoundAccess& read) const {
    const BoundEinsum& producer = bound_[from];
    const BoundEinsum& consumer = bound_[to];
    const TileOp& first = kernel_.ops[op_of_[from.index()]];
    const TileOp& second = kernel_.ops[op_of_[to.index()]];
    Dependence out;
    out.from = op_of_[from.index()];
    out.to = op_of_[to.index()];
    out.tensor = read.tensor;
    out.distance = read.carried ? carried_distance(consumer, read) : 0;
    const ComputeUnit& unit = machine_.units[first.unit];
    const bool foot =
        unit.kind == UnitKind::kSpatialArray && leaves_at_the_foot(producer.dataflow);
    out.in_place = first.unit == second.unit && unit.kind == UnitKind::kSpatialArray && !foot;
    const std::int64_t steps = time_steps(producer);
    out.streamed = steps > 1 && producer.time == consumer.time &&
                   (foot || unit.kind == UnitKind::kVector);
    const std::int64_t pace_from = std::max<std::int64_t>(1, first.issue / steps);
    if (out.streamed) {
      // The first element is there after one step; a slower producer must not be overtaken.
      const std::int64_t pace_to = std::max<std::int64_t>(1, second.issue / steps);
      out.latency = (foot ? 0 : pace_from) + slowest(producer) +
                    std::max<std::int64_t>(0, (steps - 1) * (pace_from - pace_to));
    } else {
      out.latency = first.issue + slowest(producer);
      if (foot) out.latency -= 1;
    }
    const bool travels = foot || (first.unit != second.unit &&
                                  unit.kind == UnitKind::kSpatialArray);
    if (travels) out.latency += unit.rows * unit.hop_latency;
    if (first.unit != second.unit) out.latency += link_latency(first.unit, second.unit);
    return out;
  }

  std::int64_t time_steps(const BoundEinsum& step) const {
    std::int64_t steps = 1;
    for (const PartId part : step.time) steps *= bound_[part].trips;
    return steps;
  }

  // Epochs until the next step of the iterative rank: the trips of the loops inside it.
  std::int64_t carried_distance(const BoundEinsum& consumer, const BoundAccess& read) const {
    const einsum::Tensor& tensor = cascade_[read.tensor];
    if (!tensor.iterative_position) return 0;
    const einsum::RankId rank = tensor.ranks[*tensor.iterative_position];
    std::int64_t distance = 1;
    for (auto it = consumer.loops.rbegin(); it != consumer.loops.rend(); ++it) {
      if (bound_[*it].rank == rank) return distance;
      distance *= bound_[*it].trips;
    }
    return distance;
  }

  void count_epochs() {
    const PartSet over(bound_.schedule.over);
    const PartSet loops(main().loops);
    const std::int64_t total = steps(bound_, loops);
    kernel_.groups = std::max<std::int64_t>(1, steps(bound_, loops - over));
    kernel_.epochs = total / kernel_.groups;
    kernel_.last_epochs = 0;
    for (const TileOp& op : kernel_.ops)
      if (op.last_only)
        kernel_.last_epochs =
            steps(bound_, PartSet(bound_[op.steps.front()].loops)) / kernel_.groups;
  }

  const BoundMapping& bound_;
  const einsum::Cascade& cascade_;
  const arch::Machine& machine_;
  const KernelOptions& options_;
  StepId main_;
  std::vector<std::size_t> op_of_;
  Kernel kernel_;
};

}  // namespace

base::Result<Kernel> build_kernel(const BoundMapping& bound, const einsum::Cascade& cascade,
                                  const arch::Machine& machine, const KernelOptions& options) {
  return Builder(bound, cascade, machine, options).run();
}

}  // namespace einfall::mappings
