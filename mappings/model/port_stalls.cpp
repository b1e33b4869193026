#include "mappings/model/port_stalls.hpp"

#include <algorithm>
#include <cmath>

#include "base/units.hpp"
#include "mappings/ir/result_words.hpp"

namespace einfall::mappings {
namespace {

// One end of a flow: what it asks of groups of ports.
struct Asking {
  std::int64_t times = 0;    // that it moves, in all visits
  std::int64_t rows = 0;     // each time, in parts
  std::int64_t carried = 0;  // parts of a row, from the times before
  std::vector<std::size_t> groups;
};

constexpr double kParts = 1 << 20;  // of a row
constexpr double kMostRows = 1e12;  // of one visit

// What its visits wait for.
bool is_own(const Flow& flow, StepId step) {
  return flow.step == step && flow.kind != FlowKind::kExtraRead && flow.kind != FlowKind::kFill &&
         flow.kind != FlowKind::kReturn && flow.kind != FlowKind::kWriteBack;
}

// An operand that stays in the array comes with its first visit, a result that stays there leaves
// with its last.
std::int64_t times(const BoundMapping& bound, const BoundEinsum& step, const Flow& flow) {
  const bool leaves = step.dataflow == arch::Dataflow::kWeightStationary ||
                      step.dataflow == arch::Dataflow::kColumnReduce;
  const bool stays = flow.kind == FlowKind::kOperand ? step.stationary == flow.read
                                                     : flow.kind == FlowKind::kResult && !leaves;
  if (!stays) return step.visits;
  const PartSet relevant =
      flow.kind == FlowKind::kOperand ? step.reads[flow.read].relevant : step.write.relevant;
  const std::vector<PartId> nest = nest_of(step);
  const PartSet loops =
      PartSet(step.loops) & down_to_innermost(nest, changing(bound, nest, relevant));
  return issued_steps(bound, loops, step.mask, PartSet(step.loops));
}

}  // namespace

double port_stall(const BoundMapping& bound, const Counts& counts, const PortGroups& groups,
                  StepId id, double issue, const std::function<double(const Flow&)>& share_of) {
  const BoundEinsum& step = bound[id];
  if (groups.rates().empty() || step.visits == 0) return 0;
  std::vector<Asking> all;
  std::vector<double> most(groups.rates().size(), 0);
  for (const Flow& flow : counts.flows) {
    if (!is_own(flow, id)) continue;
    for (const bool reading : {true, false}) {
      Asking asking{0, 0, 0, groups.of(flow, reading)};
      if (asking.groups.empty()) continue;
      asking.times = std::max<std::int64_t>(1, times(bound, step, flow));
      const double rows =
          (groups.rows(flow, reading) / Exact(asking.times)).value() * share_of(flow);
      asking.rows = std::llround(std::min(rows, kMostRows) * kParts);
      for (const std::size_t group : asking.groups) most[group] += std::ceil(rows) + 1;
      all.push_back(std::move(asking));
    }
  }
  bool enough = true;
  for (std::size_t g = 0; g < most.size(); ++g)
    enough = enough && most[g] <= issue * static_cast<double>(groups.rates()[g]);
  if (enough) return 0;
  const std::int64_t visits = std::min(step.visits, kMostVisits);
  constexpr auto kRow = static_cast<std::int64_t>(kParts);
  double stalled = 0;
  std::vector<std::int64_t> rows(most.size());
  for (std::int64_t visit = 0; visit < visits; ++visit) {
    std::fill(rows.begin(), rows.end(), 0);
    for (Asking& asking : all) {
      const auto moved = [&](std::int64_t before) {
        return static_cast<std::int64_t>((Wide{before} * asking.times + step.visits - 1) /
                                         step.visits);
      };
      asking.carried += (moved(visit + 1) - moved(visit)) * asking.rows;
      for (const std::size_t group : asking.groups) rows[group] += asking.carried / kRow;
      asking.carried %= kRow;
    }
    double longest = issue;
    for (std::size_t g = 0; g < rows.size(); ++g)
      longest = std::max(longest, static_cast<double>(base::ceil_div(rows[g], groups.rates()[g])));
    stalled += longest - issue;
  }
  return stalled / static_cast<double>(visits);
}

}  // namespace einfall::mappings
