#include "mappings/model/counts.hpp"

#include <algorithm>
#include <string>

#include "einsum/analysis/points.hpp"
#include "einsum/analysis/region_count.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/sum_waits.hpp"
#include "mappings/model/flows.hpp"

namespace einfall::mappings {
namespace {

// bind's counts saturate here; anything at or above it is an overflow.
constexpr std::int64_t kLimit = std::int64_t{1} << 62;

bool is_reduction(const BoundEinsum& step) {
  return !(step.ranks - step.write.relevant).empty() &&
         std::any_of(step.operators.begin(), step.operators.end(),
                     [](const OperatorUse& use) { return use.reduction; });
}

// The 64-bit sums of one Einsum's work; `ok` turns false when one does not fit.
struct Checked {
  bool ok = true;
  std::int64_t times(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(a, b, &out) || out >= kLimit) ok = false;
    return ok ? out : 0;
  }
  std::int64_t plus(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_add_overflow(a, b, &out) || out >= kLimit) ok = false;
    return ok ? out : 0;
  }
};

bool matches(const OperatorName& name, const arch::ComputeUnit& unit, const std::string& op,
             const std::string& einsum) {
  return name.unit == unit.name && name.op == op && (name.einsum.empty() || name.einsum == einsum);
}

class WorkCounter {
 public:
  WorkCounter(const BoundMapping& bound, const einsum::Cascade& cascade,
              const arch::Machine& machine, const ModelOptions& options)
      : bound_(bound), cascade_(cascade), machine_(machine), options_(options) {}

  StepCounts count(const BoundEinsum& step) {
    StepCounts out;
    const arch::ComputeUnit& unit = machine_.units[step.unit.index()];
    out.points = step.issued;
    out.issue_cycles = step.issue_cycles - free_cycles(step, unit);
    const std::int64_t tiles =
        checked_.times(checked_.times(step.steps, step.row_tiles), step.column_tiles);
    out.busy_cycles =
        checked_.times(tiles, checked_.plus(out.issue_cycles, sum_waits(bound_, machine_, step)));
    registers(step, unit, out);
    if (step.issued >= kLimit) checked_.ok = false;
    return out;
  }

  [[nodiscard]] bool ok() const { return checked_.ok; }

 private:
  std::int64_t free_cycles(const BoundEinsum& step, const arch::ComputeUnit& unit) const {
    std::int64_t cycles = 0;
    for (const OperatorUse& use : step.operators)
      for (const OperatorName& name : options_.free_operators)
        if (matches(name, unit, unit.operators[use.op].name, cascade_[step.einsum].name))
          cycles += use.count * unit.operators[use.op].issue_cycles;
    return cycles;
  }

  // See counts.hpp. On an array every PE that an operand passes keeps it for one cycle; a lane of a
  // vector unit gets each element once.
  void registers(const BoundEinsum& step, const arch::ComputeUnit& unit, StepCounts& out) {
    const bool array = unit.kind == arch::UnitKind::kSpatialArray;
    const auto operands = static_cast<std::int64_t>(step.reads.size());
    out.register_reads = checked_.times(step.issued, operands);
    // A product inside a multiply-add is never written.
    out.register_writes = step.operators.empty() ? 0 : step.issued;
    const bool in_place = step.dataflow == arch::Dataflow::kOutputStationary ||
                          step.dataflow == arch::Dataflow::kVector;
    if (in_place && is_reduction(step)) {
      // What a PE starts a sum with is not read back; rows and columns are never reduced here.
      const PartSet started = step.write.relevant | PartSet(step.loops) |
                              down_to_innermost(nest_of(step), step.write.relevant);
      const PartSet laid_out = PartSet(step.rows) | PartSet(step.columns);
      const std::int64_t first =
          checked_.times(issued_steps(bound_, started - laid_out, step.mask, PartSet(step.loops)),
                         checked_.times(step.row_lanes, step.column_lanes));
      out.register_reads =
          checked_.plus(out.register_reads, std::max<std::int64_t>(0, step.issued - first));
    }
    for (std::size_t i = 0; i < step.reads.size(); ++i) {
      const BoundAccess& read = step.reads[i];
      if (stays_in_unit(bound_, step, read)) continue;
      const bool passes = array && step.stationary != i;
      const std::int64_t arrivals = passes ? step.issued : fetched_words(bound_, step, i);
      out.register_writes = checked_.plus(out.register_writes, arrivals);
    }
  }

  const BoundMapping& bound_;
  const einsum::Cascade& cascade_;
  const arch::Machine& machine_;
  const ModelOptions& options_;
  Checked checked_;
};

// Of an Einsum that makes more than is needed; not more than `points`, which has been checked.
einsum::PointCount needed_points(const BoundEinsum& step) {
  const einsum::lattice::Count count = einsum::count_points(step.needed);
  return {static_cast<std::int64_t>(count.points), count.exact && step.needed.exact};
}

base::Diagnostic too_large(const einsum::Cascade& cascade, const BoundEinsum& step) {
  const einsum::Einsum& einsum = cascade[step.einsum];
  return base::error("E901", einsum.span,
                     "a count of Einsum '" + einsum.name + "' does not fit 64 bits (limit 2^62)",
                     "make the ranks smaller, or cost one head or one query block");
}

void add_extra_reads(const einsum::Cascade& cascade, const ModelOptions& options,
                     std::vector<Flow>& flows) {
  for (const ExtraRead& extra : options.extra_reads) {
    const auto found = std::find_if(flows.begin(), flows.end(), [&](const Flow& flow) {
      return cascade[flow.tensor].name == extra.tensor && !flow.from.memory && flow.to.memory &&
             flow.to.index > 0;
    });
    if (found == flows.end()) continue;
    Flow again{FlowKind::kExtraRead, found->step,  found->tensor, found->to,
               found->from,          found->words, found->bits};
    again.from_share = Exact(extra.numerator, extra.denominator);
    flows.push_back(again);
  }
}

// Tasks that run at the same time and fetch the same slices of the tensor once.
std::int64_t tasks_together(const BoundMapping& bound, einsum::TensorId tensor) {
  PartSet relevant;
  for (const BoundEinsum& step : bound.einsums)
    for (const BoundAccess& read : step.reads)
      if (read.tensor == tensor) relevant = relevant | read.relevant;
  std::int64_t alike = 1;
  const auto& dealt = bound.distributed;
  for (std::size_t i = dealt.size(); i-- > 0 && !relevant.has(dealt[i]);)
    alike = saturating_mul(alike, bound[dealt[i]].trips);
  return std::min({alike, bound.tasks, saturating_mul(bound.slots, bound.dispatch->per_instance)});
}

// What is fetched together is read once from the outermost memory; it comes to everybody. Who needs
// less of it, under a mask, has the others fetch the rest: all that there is of the tensor comes
// once at least.
void fetch_together(const BoundMapping& bound, std::vector<Flow>& flows) {
  if (!bound.dispatch) return;
  const PartSet everything = inside(bound, {});
  for (const einsum::TensorId tensor : bound.dispatch->together)
    for (Flow& flow : flows) {
      if (flow.tensor != tensor || !(flow.from == Place{true, 0}) || flow.words <= 0) continue;
      const Exact shared =
          flow.from_share / Exact(std::max<std::int64_t>(1, tasks_together(bound, tensor)));
      const BoundAccess& read = bound[flow.step].reads[flow.read];
      const Exact once = Exact(elements(bound, read.access, everything)) / Exact(flow.words);
      const Exact needed = max(shared, once);
      if (needed < flow.from_share) flow.from_share = needed;
    }
}

}  // namespace

std::string_view name(FlowKind kind) {
  switch (kind) {
    case FlowKind::kFill:
      return "fill";
    case FlowKind::kWriteBack:
      return "write-back";
    case FlowKind::kReturn:
      return "unfinished slices in";
    case FlowKind::kOperand:
      return "operand";
    case FlowKind::kResult:
      return "result";
    case FlowKind::kPartialRead:
      return "partial sums in";
    case FlowKind::kPartialWrite:
      return "partial sums out";
    case FlowKind::kSpill:
      return "spill";
    case FlowKind::kExtraRead:
      break;
  }
  return "extra read";
}

Exact words_read(const Flow& flow) { return flow.from_share * Exact(flow.words); }
Exact words_written(const Flow& flow) { return flow.to_share * Exact(flow.words); }

MemoryTraffic& operator+=(MemoryTraffic& a, const MemoryTraffic& b) {
  a.read_bytes += b.read_bytes;
  a.write_bytes += b.write_bytes;
  return a;
}

std::vector<MemoryTraffic> traffic(const std::vector<Flow>& flows, std::size_t memories) {
  std::vector<MemoryTraffic> out(memories);
  for (const Flow& flow : flows) {
    const Exact bytes(flow.bits, 8);
    if (flow.from.memory) out[flow.from.index].read_bytes += words_read(flow) * bytes;
    if (flow.to.memory) out[flow.to.index].write_bytes += words_written(flow) * bytes;
  }
  return out;
}

base::Result<Counts> count(const BoundMapping& bound, const einsum::Cascade& cascade,
                           const arch::Machine& machine, const ModelOptions& options) {
  Counts out;
  for (const BoundEinsum& step : bound.einsums) {
    WorkCounter work(bound, cascade, machine, options);
    out.steps.push_back(work.count(step));
    if (!work.ok()) return base::failure(too_large(cascade, step));
  }
  EINFALL_TRY(const auto present, einsum::points(cascade, bound.sizes));
  for (std::size_t i = 0; i < out.steps.size(); ++i) {
    const BoundEinsum& step = bound.einsums[i];
    const einsum::PointCount useful =
        step.restricted ? needed_points(step) : present[step.einsum.index()];
    out.steps[i].useful = useful.count;
    out.steps[i].useful_exact = useful.exact;
    out.steps[i].lane_cycles = Exact(out.steps[i].useful) * Exact(out.steps[i].issue_cycles);
  }
  out.flows = data_flows(bound, cascade, machine, options);
  fetch_together(bound, out.flows);
  for (const Flow& flow : out.flows)
    if (flow.words >= kLimit) return base::failure(too_large(cascade, bound[flow.step]));
  add_extra_reads(cascade, options, out.flows);
  out.arriving_words.assign(machine.units.size(), 0);
  for (const Flow& flow : out.flows)
    if (flow.from.memory && !flow.to.memory && flow.kind != FlowKind::kExtraRead &&
        flow.kind != FlowKind::kSpill)
      out.arriving_words[flow.to.index] += flow.words;
  return out;
}

}  // namespace einfall::mappings
