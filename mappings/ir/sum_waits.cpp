#include "mappings/ir/sum_waits.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/nest.hpp"

namespace einfall::mappings {

std::int64_t sum_waits(const BoundMapping& bound, const arch::Machine& machine,
                       const BoundEinsum& step) {
  if (step.dataflow == arch::Dataflow::kWeightStationary ||
      step.dataflow == arch::Dataflow::kColumnReduce)
    return 0;
  std::int64_t latency = 0;
  for (const OperatorUse& use : step.operators)
    if (use.reduction)
      latency = std::max(latency, machine.units[step.unit.index()].operators[use.op].latency);
  std::int64_t in_turn = 1;  // sums
  const std::vector<PartId> nest = nest_of(step);
  for (auto part = nest.rbegin(); part != nest.rend(); ++part) {
    if (bound[*part].trips == 1 || !step.ranks.has(*part)) continue;
    if (!step.write.relevant.has(*part))
      return std::max<std::int64_t>(0, base::ceil_div(latency, in_turn) - step.issue_cycles);
    in_turn = saturating_mul(in_turn, bound[*part].trips);
  }
  return 0;
}

}  // namespace einfall::mappings
